// Runs a host command to its end: own process group, own deadline, everything it said kept.
import { spawn } from 'node:child_process';

export type RunOptions = {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  /** Milliseconds until the whole process group is killed. */
  readonly timeout?: number;
};

export type Outcome = {
  readonly stdout: string;
  readonly stderr: string;
  /** What a shell would say: exit status, or "SIGSEGV"; "timeout" where we killed it. */
  readonly end: number | string;
  readonly command: string;
};

const DEFAULT_TIMEOUT = 30_000;

/** Quotes a word for a shell, so that a failing command can be pasted. */
const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** Runs argv with exactly the environment given. Never rejects for what the command does. */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { cwd = process.cwd(), env = {}, stdin = '', timeout = DEFAULT_TIMEOUT } = options;
  const command = [...Object.entries(env).map(([name, value]) => `${name}=${quote(value)}`), ...argv.map(quote)].join(' ');
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0]!, argv.slice(1), { cwd, env, detached: true });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      killGroup(child.pid!);
    }, timeout);
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin.on('error', () => undefined); // EPIPE: it did not want its input
    child.stdin.end(stdin);
    child.on('error', reject);
    // A background child that keeps the pipes open must not keep the test: some time after the end, the rest is killed.
    child.on('exit', () => setTimeout(() => killGroup(child.pid!), 1000).unref());
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      resolve({
        stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString(), command,
        end: timedOut ? `timeout after ${timeout} ms` : (signal ?? status ?? -1),
      });
    });
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // all gone already
  }
}
