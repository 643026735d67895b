import preset from '../../jest.preset.mjs';

export default { ...preset, displayName: 'transactional', testTimeout: 30_000 };
