// Builds C and C++ test programs for the guest, once: the cache is keyed by source, compiler and flags.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, extname, join } from 'node:path';

const cache = process.env.TSEMU_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tsemu');
const compilers: Readonly<Record<string, string>> = { '.c': 'arm-linux-gnueabihf-gcc', '.cpp': 'arm-linux-gnueabihf-g++', '.s': 'arm-linux-gnueabihf-gcc', '.S': 'arm-linux-gnueabihf-gcc' };

/** Builds one source file for ARM with these flags and answers the program's path. Throws with the compiler's words. */
export function build(source: string, flags: readonly string[], compiler = compilers[extname(source)]): string {
  if (compiler === undefined) throw new Error(`no compiler for ${source}`);
  const key = createHash('sha256').update(JSON.stringify([compiler, flags])).update(readFileSync(source)).digest('hex').slice(0, 16);
  const program = join(cache, 'programs', `${basename(source, extname(source))}-${key}`);
  if (existsSync(program)) return program;
  mkdirSync(dirname(program), { recursive: true });
  const partial = `${program}.${process.pid}`;
  try {
    execFileSync(compiler, ['-o', partial, source, ...flags], { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  } catch (error) {
    throw new Error(`${compiler} ${source} ${flags.join(' ')}\n${(error as { stderr?: string }).stderr ?? String(error)}`);
  }
  renameSync(partial, program);
  return program;
}
