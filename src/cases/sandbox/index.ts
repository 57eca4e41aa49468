export { isOutputName, type SandboxLimits, type SandboxOutput } from './host.ts';
export { assertModule } from './module.ts';
export { runInSandbox, type SandboxResult } from './sandbox.ts';
export { PACKAGED } from './sandbox-run.ts';
