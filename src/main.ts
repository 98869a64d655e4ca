// The emulator's start: command line, memory, program, run loop. The launcher gives the guest's name and then the user's
// arguments. What is seldom needed is imported where it is needed, since start-up time is a feature.
import { writeSync } from 'node:fs';
import { failureText } from './cli/failure.ts';
import { fromBytes, parse, UsageError } from './cli/index.ts';
import { readLaunch, type Launch } from './cli/launch.ts';
import { Debugger } from './debug/gdb/debugger.ts';
import { Shared } from './debug/gdb/shared.ts';
import { crash, watchForCrash } from './debug/crash.ts';
import { configureLog, createLogFile } from './debug/log.ts';
import { guests } from './guests/index.ts';
import type { CpuModel, Guest } from './guests/guest.ts';
import { addressOf, plainCall } from './host/kernel.ts';
import { SYS } from './host/abi.ts';
import { endHelperThreads } from './host/helper-threads.ts';
import { registerThread, watchCode } from './host/signal-handler.ts';
import { hideDescriptors } from './host/own-fds.ts';
import { commit, inspectProgram, LoadError, type Inspection, type LoadRequest } from './loader/index.ts';
import { memoryHint } from './loader/hints.ts';
import { notForGuest } from './loader/native.ts';
import { GuestMemory } from './memory/guest-memory.ts';
import { createActions } from './signals/actions.ts';
import { followCoreLimit } from './signals/core-dump.ts';
import { inheritMask } from './signals/thread.ts';
import { openDescriptors } from './syscalls/fds.ts';
import { protectDescriptors } from './syscalls/protected.ts';
import { inSysroot } from './syscalls/paths.ts';
import { showProgram } from './syscalls/proc-title.ts';
import { publishProgram } from './syscalls/same-guest.ts';
import { createGroup, foundGroup } from './threads/group.ts';
import { setProcessName } from './threads/exec.ts';
import { keepScript, runWorker, WORKER } from './threads/start-thread.ts';
import { RunLoop } from './threads/run-loop.ts';
import type { Options, Task } from './threads/task.ts';
import { embedded } from './single/embedded.ts';
import { VERSION } from './version.ts';
import { createThreadState, PENDING, type ThreadState } from './translate/state.ts';

export { beforeExit } from './threads/exit.ts';

const EXIT_USAGE = 1, EXIT_NOT_RUNNABLE = 126, EXIT_MISSING = 127;
const ENOENT = 2, ENOMEM = 12, ENOTDIR = 20;

/** The end of a run that never came to guest code. */
class Stop extends Error {
  readonly status: number;
  constructor(status: number, message: string) { super(message); this.status = status; }
}

async function main(): Promise<void> {
  const guest = guests.find((g) => g.name === process.argv[2]);
  if (!guest) throw new Stop(EXIT_USAGE, `no such guest: ${process.argv[2] ?? '(none)'}; there is ${guests.map((g) => g.name).join(', ')}`);
  const launch = readLaunch();
  if (embedded && !launch.secure) adoptEnvironment(launch.environment);
  const line = await parse(`tsemu-${guest.name}`, launch.args, launch.environment, VERSION, launch);
  if (line.kind === 'print') return print(line.text);
  // The guest may change its directory before anything is logged.
  const options: Options = { ...line.options, logFile: line.options.logFile === null ? null : absolute(line.options.logFile) };
  if (options.log.includes('tid') && !options.logFile?.includes('%d')) throw new UsageError('-d tid: -D has to name a file with %d in it');
  if (options.cpu === 'help') return print(guest.models.map((model) => model.name).join('\n'));
  const model = chooseModel(guest, options.cpu);
  configureLog(options.log, options.logFile);
  startLog(options.logFile);
  const sysroot = options.sysroot === '' ? '' : absolute(options.sysroot);
  const opened = launch.binfmt?.execfd ?? undefined;
  start(limited(guest, options.reservedVa), model, {
    path: line.program, secure: launch.secure, ...(opened === undefined ? {} : { opened }), argv: line.argv, envp: line.envp, options, resolve: (path) => inSysroot(sysroot, path, true),
  }, sysroot, launch);
}

/** In the single file Node has no environment; the folder of the cache is named there. */
function adoptEnvironment(environment: readonly string[]): void {
  for (const entry of environment) {
    const [, name, value] = /^(TSEMU_\w+|XDG_CACHE_HOME|HOME)=(.*)$/s.exec(entry) ?? [];
    if (name !== undefined) process.env[name] = fromBytes(value!);
  }
}

function print(text: string): void { process.stdout.write(text.endsWith('\n') ? text : `${text}\n`); }

function startLog(file: string | null): void {
  try { createLogFile(); } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new UsageError(`-D: ${file} cannot be written: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** A path of the command line, so that it stays the same when the guest changes its own. */
function absolute(path: string): string {
  const full = path.startsWith('/') ? path : `${process.cwd()}/${path}`;
  return full.length > 1 ? full.replace(/\/+$/, '') : '';
}

function chooseModel(guest: Guest, name: string): CpuModel {
  const model = name === '' ? guest.models[0] : guest.models.find((m) => m.name === name);
  if (!model) throw new UsageError(`-cpu: no model '${name}' (-cpu help lists them)`);
  return model;
}

/** The guest with a smaller address space: -R. */
function limited(guest: Guest, bytes: number | null): Guest {
  if (bytes === null || bytes === 0 || bytes >= guest.layout.taskSize) return guest;
  const smallest = 64 << 20;
  if (bytes < smallest) throw new UsageError('-R: programs need at least 64M');
  const taskSize = Math.floor(bytes / 65536) * 65536;
  const scale = (address: number): number => (address < taskSize ? address : Math.floor(taskSize / 3 * 2 / 65536) * 65536);
  return { ...guest, layout: { taskSize, dynBase: Math.floor(Math.min(guest.layout.dynBase, taskSize / 2) / 65536) * 65536, mmapTop: scale(guest.layout.mmapTop) } };
}

/** V8 reserves the guest's address space as a whole, which a limit of the caller's may forbid. */
function makeMemory(guest: Guest): { state: ThreadState; memory: GuestMemory } {
  try {
    const state = createThreadState();
    return { state, memory: new GuestMemory(guest, state) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new LoadError(ENOMEM, `no room for ${guest.memoryPages / 16384} GiB of address space and what guards it`, memoryHint());
  }
}

function start(guest: Guest, model: CpuModel, request: LoadRequest, sysroot: string, launch: Launch): void {
  const found = inspectFromHost(guest, request);
  const { state, memory } = makeMemory(guest);
  createActions([launch.ignored, 0]);
  watchCode(memory.codeWatch);
  registerThread(state.i32, PENDING >> 2);
  createGroup();
  foundGroup(plainCall(SYS.gettid), addressOf(state.i32) + PENDING);
  inheritMask([launch.blocked, 0]);
  const image = commit(memory, guest, model, found, request);
  const shared = request.options.debug === null ? null : new Shared();
  const task: Task = {
    guest, model, memory, cpu: state.cpu, tid: plainCall(SYS.gettid), clearChildTid: 0, debug: shared?.buffer ?? null,
    program: { exe: fromBytes(image.exe), argv: image.argv, sysroot, secure: launch.secure, options: request.options, image },
  };
  watchForCrash(task);
  guest.reset(state.cpu, image.entry, image.sp);
  setProcessName(image.exe);
  publishProgram(task);
  showProgram(task);
  followCoreLimit(task);
  endHelperThreads();
  protectDescriptors(task, hideDescriptors(openDescriptors(), launch.inherited));
  keepScript(task);
  const debug = shared === null ? null : new Debugger(task, shared);
  const loop = new RunLoop(task, state, debug);
  debug?.begin(request.options.debug!);
  loop.run();
}

/** The program of the command line is a path of the host; only if there is none is it looked for below -L. */
function inspectFromHost(guest: Guest, request: LoadRequest): Inspection & { kind: 'guest' } {
  const { path, resolve } = request;
  let found: Inspection;
  try {
    found = inspectProgram(guest, { ...request, resolve: (wanted) => (wanted === path ? null : resolve(wanted)) });
  } catch (error) {
    if (!(error instanceof LoadError) || error.errno !== ENOENT || resolve(path) === null) throw error;
    found = inspectProgram(guest, request);
  }
  if (found.kind === 'host') throw notForGuest(fromBytes(path), found.identity, guest);
  return found;
}

if (process.argv[2] === WORKER) {
  // Nobody is there to be told of an exception.
  try { runWorker(); } catch (error) { crash(error, `tsemu-${process.argv[3]}`); }
} else main().catch((error: unknown) => {
  const command = `tsemu-${process.argv[2] ?? ''}`;
  const report = (status: number, message: string, hint?: string): never => {
    const coloured = process.getBuiltinModule('node:tty').isatty(2) && !process.env['NO_COLOR'];
    // Not by process.exit, which waits for threads of node's that may have been ended.
    try { writeSync(2, failureText(command, message, hint, coloured)); } finally { for (;;) plainCall(SYS.exit_group, status); }
  };
  if (error instanceof UsageError) report(EXIT_USAGE, error.message);
  if (error instanceof Stop) report(error.status, error.message);
  if (error instanceof LoadError) report(error.errno === ENOENT || error.errno === ENOTDIR ? EXIT_MISSING : EXIT_NOT_RUNNABLE, error.message, error.hint);
  crash(error, command);
});
