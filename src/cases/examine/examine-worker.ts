/** The thread that reads evidence: gets its files and its job once. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ByteReader } from '../../forensics/index.ts';
import { type EvidenceContent, visitContent } from './evidence-reader.ts';
import { AHEAD_MAX, type ExamineStart } from './examine.ts';
import type { ExamineMessage, Examiner, Post } from './job.ts';
import { timelineExaminer } from './timeline-job.ts';

const port = parentPort!;
const { files, job, control: shared } = workerData as ExamineStart;
const control = new Int32Array(shared);

const post: Post = (message, transfer = []) => {
  Atomics.add(control, 1, 1);
  for (let sent = Atomics.load(control, 0); sent >= AHEAD_MAX; sent = Atomics.load(control, 0))
    Atomics.wait(control, 0, sent);
  Atomics.add(control, 0, 1);
  port.postMessage(message, [...transfer]);
};

/** Every reading shows that the thread is alive. */
const watched = (reader: ByteReader): ByteReader => ({
  sizeBytes: reader.sizeBytes,
  read(offset, length) {
    Atomics.add(control, 1, 1);
    return reader.read(offset, length);
  },
});

async function open(): Promise<Examiner> {
  switch (job.kind) {
    case 'timeline':
      return timelineExaminer(job, post);
    case 'sigma':
      return (await import('./sigma-job.ts')).sigmaExaminer(job, post);
    case 'yara':
      return (await import('./yara-job.ts')).yaraExaminer(job, post);
    case 'patterns':
      return (await import('./patterns-job.ts')).patternsExaminer(job, post);
  }
}

async function run(): Promise<void> {
  const examiner = await open();
  for (const file of files) {
    try {
      await visitContent(
        file,
        (content: EvidenceContent) => examiner.content({ ...content, reader: watched(content.reader) }, file),
        (name, message) => post({ type: 'issue', name, code: 'archive', message }),
      );
    } catch (error) {
      // A file that cannot be read is one loss among the others, and named.
      post({ type: 'issue', name: file.name, code: 'file-unreadable', message: String(error) });
    }
    post({ type: 'file' });
  }
  post({ type: 'end', summary: examiner.end() } satisfies ExamineMessage);
}

run().catch((error: unknown) =>
  post({ type: 'failed', message: String((error as Error)?.stack ?? error) } satisfies ExamineMessage),
);
