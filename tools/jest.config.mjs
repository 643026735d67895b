import preset from '../jest.preset.mjs';

// Each end-to-end file has a Kafka and a PostgreSQL of its own, and waits more than it works.
export default { ...preset, displayName: 'tools', maxWorkers: 2 };
