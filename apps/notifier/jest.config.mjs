import preset from '../../jest.preset.mjs';

// Each file has a database and gateways of its own; its one end-to-end test is a single file.
export default { ...preset, displayName: 'notifier', maxWorkers: 2 };
