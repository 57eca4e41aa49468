/** A real browser for tests: Chromium driven over its DevTools protocol, without a library. Null when there is none on this machine. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];

export function findBrowser(): string | null {
  const named = process.env['CHROMIUM'];
  for (const name of named ? [named, ...NAMES] : NAMES)
    if (spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0) return name;
  return null;
}

/** A browser that is still silent after this will stay so. */
const ANSWER_MS = 60_000;

export interface Page {
  /** The value of an expression, awaited. */
  evaluate<T>(expression: string): Promise<T>;
  /** Chooses a file in the input element with this id, as a person does. */
  chooseFile(id: string, path: string): Promise<void>;
  close(): Promise<void>;
}

interface Answer {
  readonly id: number;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

export async function openPage(browser: string, path: string, profile: string): Promise<Page> {
  const child = spawn(browser, [
    '--headless=new',
    '--no-sandbox', // tests run as root in a container; the page under test is our own
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--remote-debugging-port=0',
    `--user-data-dir=${profile}`,
    'about:blank',
  ]);
  const socket = new WebSocket(await debuggerUrl(child));
  await once(socket, 'open');
  const waiting = new Map<number, (answer: Answer) => void>();
  let last = 0;
  socket.addEventListener('message', (event) => {
    const answer = JSON.parse(String(event.data)) as Answer;
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  const call = async (method: string, params: object = {}, sessionId?: string) => {
    const id = ++last;
    socket.send(JSON.stringify({ id, method, params, ...(sessionId ? { sessionId } : {}) }));
    const answer = await new Promise<Answer>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method}: the browser does not answer`)), ANSWER_MS);
      waiting.set(id, (found) => {
        clearTimeout(timer);
        resolve(found);
      });
    });
    if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
    return answer.result!;
  };
  const { targetId } = await call('Target.createTarget', { url: pathToFileURL(path).href });
  const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true });
  const page = (method: string, params: object = {}) => call(method, params, String(sessionId));
  const evaluate = async <T>(expression: string): Promise<T> => {
    const { result, exceptionDetails } = (await page('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    })) as { result: { value: T }; exceptionDetails?: { exception?: { description?: string } } };
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? 'the page threw');
    return result.value;
  };
  while (!(await evaluate<boolean>(`document.readyState === 'complete' && location.protocol === 'file:'`)))
    await new Promise((resolve) => setTimeout(resolve, 20));
  return {
    evaluate,
    async chooseFile(id, file) {
      const { root } = (await page('DOM.getDocument')) as { root: { nodeId: number } };
      const { nodeId } = await page('DOM.querySelector', { nodeId: root.nodeId, selector: `#${id}` });
      await page('DOM.setFileInputFiles', { nodeId, files: [file] });
    },
    async close() {
      const ended = once(child, 'close');
      await call('Browser.close').catch(() => {});
      socket.close();
      await ended;
    },
  };
}

/** Chromium prints it when it listens. */
function debuggerUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr!.on('data', (chunk) => {
      said += chunk;
      const url = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (url) resolve(url);
    });
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`the browser ended: ${said.slice(0, 500)}`)));
  });
}
