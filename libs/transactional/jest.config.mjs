import preset from '../../jest.preset.mjs';

// Each file has topics, groups and databases of its own, and waits more than it works: up to 50 s in one place.
export default { ...preset, displayName: 'transactional', testTimeout: 90_000, maxWorkers: 2 };
