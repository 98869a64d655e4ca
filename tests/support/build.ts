// Builds C and C++ test programs for a guest, once: the cache is keyed by source, headers beside it, compiler and flags.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, extname, join } from 'node:path';
import type { TestGuest } from './guests.ts';

const cache = process.env.TSEMU_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tsemu');
const compilers: Readonly<Record<string, string>> = { '.c': 'gcc', '.cpp': 'g++', '.s': 'gcc', '.S': 'gcc' };

function headersBeside(source: string): string[] {
  const folder = dirname(source);
  return readdirSync(folder).filter((name) => name.endsWith('.h')).sort().map((name) => join(folder, name));
}

/** Builds one source file for the guest with these flags and answers the program's path. Throws with the compiler's words. */
export const build = (guest: TestGuest, source: string, flags: readonly string[]): string => compile(`${guest.cross}-`, source, [...guest.flags, ...flags]);

/** The same for the machine that the tests run on. */
export const buildForHost = (source: string, flags: readonly string[]): string => compile('', source, flags);

function compile(prefix: string, source: string, all: readonly string[]): string {
  const name = compilers[extname(source)];
  if (name === undefined) throw new Error(`no compiler for ${source}`);
  const compiler = `${prefix}${name}`;
  const hash = createHash('sha256').update(JSON.stringify([compiler, all])).update(readFileSync(source));
  for (const header of headersBeside(source)) hash.update(readFileSync(header));
  const key = hash.digest('hex').slice(0, 16);
  const program = join(cache, 'programs', `${basename(source, extname(source))}-${key}`);
  if (existsSync(program)) return program;
  mkdirSync(dirname(program), { recursive: true });
  const partial = `${program}.${process.pid}`;
  try {
    execFileSync(compiler, ['-o', partial, source, ...all], { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  } catch (error) {
    throw new Error(`${compiler} ${source} ${all.join(' ')}\n${(error as { stderr?: string }).stderr ?? String(error)}`);
  }
  renameSync(partial, program);
  return program;
}
