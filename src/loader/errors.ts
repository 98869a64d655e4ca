// Why a program cannot be loaded: an errno for execve, and a sentence for somebody at a terminal.

export class LoadError extends Error {
  readonly errno: number;
  /** What can be done about it. */
  readonly hint: string | undefined;
  constructor(errno: number, message: string, hint?: string) { super(message); this.errno = errno; this.hint = hint; }
}
