export { repositoryIn, writeRepository } from './carried.ts';
export { assertSelfTests, runSelfTests, type SelfTestReport } from './content.ts';
export { TOOLS_PATH } from './fetch.ts';
export {
  acceptTool,
  type FetchReport,
  fetchTools,
  listOffered,
  publishTool,
  retireTool,
} from './lifecycle.ts';
export { runAccepted } from './run.ts';
