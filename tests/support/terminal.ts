// A guest program in a pseudo-terminal, driven like by a person: type, look, type again. util-linux's `script` makes the terminal.
import { type ChildProcess, spawn } from 'node:child_process';

const WAIT = 20_000;

export class Terminal {
  private readonly child: ChildProcess;
  private text = '';
  private seen = 0;
  private ended = false;

  constructor(argv: readonly string[], options: { cwd: string; env: Record<string, string> }) {
    const command = argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    this.child = spawn('script', ['-q', '-e', '-f', '-c', `stty cols 80 rows 24; exec ${command}`, '/dev/null'], { ...options, detached: true });
    this.child.stdout!.on('data', (chunk: Buffer) => { this.text += chunk.toString(); });
    this.child.on('exit', () => { this.ended = true; });
  }

  type(keys: string): void { this.child.stdin!.write(keys); }

  /** Waits until what came since the last call matches; answers the match. */
  async expect(pattern: RegExp): Promise<string> {
    for (const deadline = Date.now() + WAIT; ;) {
      const found = pattern.exec(this.text.slice(this.seen));
      if (found) {
        this.seen += found.index + found[0].length;
        return found[0];
      }
      if (this.ended || Date.now() > deadline) {
        throw new Error(`${this.ended ? 'it ended' : 'nothing came'} before ${pattern}; on the terminal:\n${this.text.slice(-2000)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Waits for the end. */
  async close(): Promise<void> {
    for (const deadline = Date.now() + WAIT; !this.ended;) {
      if (Date.now() > deadline) throw new Error(`still running; on the terminal:\n${this.text.slice(-2000)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  kill(): void {
    if (!this.ended) process.kill(-this.child.pid!, 'SIGKILL');
  }
}
