// What a child process translated is not lost: the next child of the same parent has it, and so has the next run.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { build } from '../support/build.ts';
import { testGuests } from '../support/guests.ts';

const root = process.cwd();
let folder: string;
let program: string;

const source = `
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
__attribute__((noinline)) static int only_children(int n) { return n * 3 + (n ^ 5); }
int main(int argc, char **argv) {
  for (int i = 0; i < 5; i++) {
    pid_t child = fork();
    if (child == 0) {
      if (argc > 1) execv(argv[1], argv + 1);
      _exit(only_children(argc) & 7);
    }
    waitpid(child, 0, 0);
  }
  return 0;
}`;

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tsemu-children-'));
  fs.writeFileSync(path.join(folder, 'children.c'), source);
  program = build(testGuests.find((guest) => guest.name === 'arm')!, path.join(folder, 'children.c'), ['-O1', '-static']);
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** Runs the program; answers the blocks of code that it and its children translated, as text. */
function run(cache: string, ...args: string[]): string[] {
  const log = path.join(folder, 'log');
  fs.writeFileSync(log, '');
  const { status, stderr } = spawnSync(path.join(root, 'bin/tsemu-arm'), ['-d', 'in_asm,cache', '-D', log, program, ...args], {
    encoding: 'utf8', timeout: 60_000, env: { ...process.env, TSEMU_CACHE_DIR: path.join(folder, cache) },
  });
  expect([status, stderr]).toEqual([0, '']);
  return fs.readFileSync(log, 'utf8').split('----------------\nIN:\n').slice(1);
}

/** Blocks that were translated more than twice: once by a child, once by the parent at the same time. */
const repeated = (blocks: readonly string[]): string[] => [...new Set(blocks)].filter((block) => blocks.filter((other) => other === block).length > 2);

test('the second child need not translate what the first did', () => {
  const blocks = run('fork');
  expect(blocks.length).toBeGreaterThan(100);
  expect(repeated(blocks)).toEqual([]);
});

test('neither what its program is', () => {
  const blocks = run('exec', path.join(root, 'tests/fixtures/arm/hello'));
  expect(blocks.length).toBeGreaterThan(150);
  expect(repeated(blocks)).toEqual([]);
});

test('nor is it translated in the next run', () => {
  expect(run('exec', path.join(root, 'tests/fixtures/arm/hello'))).toEqual([]);
});
