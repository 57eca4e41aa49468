import { HEAD_BYTES, recogniseFormat } from '../../forensics/index.ts';
import { EventChunks } from '../../forensics/timeline/index.ts';
import type { Examiner, Post, TimelineJob } from './job.ts';

export function timelineExaminer({ options }: TimelineJob, post: Post): Examiner {
  // A chunk holds events of one exhibit only.
  let exhibit = 0;
  const chunks = new EventChunks((chunk) =>
    post({ type: 'chunk', exhibit, chunk }, [
      chunk.text.buffer,
      chunk.times.buffer,
      chunk.timed.buffer,
      chunk.offsets.buffer,
      chunk.recovered.buffer,
      chunk.places.buffer,
    ]),
  );
  post({ type: 'ready', rules: 0, rejected: [] });
  return {
    content({ name, reader, companions }, source) {
      if (source.exhibit !== exhibit) chunks.flush();
      exhibit = source.exhibit ?? 0;
      const format = recogniseFormat(reader.read(0, HEAD_BYTES));
      if (format === null) return post({ type: 'unknown', name });
      const origin = { file: name, format: format.name };
      const account = format.parse(
        reader,
        (event) => chunks.add(event, origin),
        companions === undefined ? options : { ...options, companions },
      );
      post({ type: 'parsed', name, account });
    },
    end() {
      chunks.flush();
      return chunks.beyondTime > 0 ? { beyondTime: chunks.beyondTime } : {};
    },
  };
}
