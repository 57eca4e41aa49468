export {
  type ByteStream,
  CONTAINER_LIMITS,
  ContainerFault,
  type ContainerIssue,
  type ContainerLimits,
  type RandomReader,
} from './content.ts';
export { nameText } from './name-text.ts';
export {
  type ContainerFormat,
  type ContentVisitor,
  DETECT_BYTES,
  detectContainer,
  detectFile,
  walkContent,
} from './walk.ts';
