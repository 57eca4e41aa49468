export {
  type ByteStream,
  CONTAINER_LIMITS,
  ContainerFault,
  type ContainerIssue,
  type ContainerLimits,
  type RandomReader,
} from './content.ts';
export {
  type ContainerFormat,
  type ContentVisitor,
  DETECT_BYTES,
  detectContainer,
  walkContent,
} from './walk.ts';
