import preset from '../../jest.preset.mjs';

// Each file has topics, groups and databases of its own, and waits more than it works.
export default { ...preset, displayName: 'transactional', maxWorkers: 2 };
