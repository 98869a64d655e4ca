// Why a program cannot be loaded: an errno for execve, and a sentence for somebody at a terminal.

export class LoadError extends Error {
  readonly errno: number;
  constructor(errno: number, message: string) { super(message); this.errno = errno; }
}
