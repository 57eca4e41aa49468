export { assertSelfTests, runSelfTests, type SelfTestReport } from './content.ts';
