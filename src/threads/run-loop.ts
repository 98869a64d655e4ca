// The run loop of a guest thread: lets the engine run guest code and handles what comes out of it: system calls, traps,
// faults, signals. Generated code calls `leave` in place for the first two, so that the Wasm stack need not be unwound.
import type { CalloutHelpers } from '../guests/guest.ts';
import { lastFault, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP } from '../host/signal-handler.ts';
import { deliverPending, raiseFault } from '../signals/deliver.ts';
import { dispatch } from '../syscalls/dispatch.ts';
import { log, logging } from '../debug/log.ts';
import { Engine } from '../translate/engine.ts';
import type { Debugger } from '../debug/gdb/debugger.ts';
import { attachTrace, avoidsCache, watchesExecution } from '../debug/trace.ts';
import { LOWEST_MAPPED } from '../memory/page-table.ts';
import { PENDING, type ThreadState } from '../translate/state.ts';
import type { End, Location, TrapCode } from '../translate/ir.ts';
import { STOP } from './group.ts';
import { safePoint } from './safe-point.ts';
import { beforeEnd, beforeExit } from './exit.ts';
import { forkHooks } from './fork-hooks.ts';
import { EmulatorBug, MemoryFault, type Task } from './task.ts';

/** Bit of the pending cell: a signal is queued. */
const SIGNAL = 1;

/** Bytes of the widest access; the last of them before a memory's end are not mapped. */
const WIDEST = 16;

const ILL_ILLOPC = 1, FPE_INTDIV = 1, TRAP_BRKPT = 1, BUS_ADRALN = 1;

/** The signal and si_code of each way an instruction traps. */
const trapSignals: Readonly<Record<TrapCode, readonly [signal: number, code: number]>> = {
  illegal: [SIGILL, ILL_ILLOPC], unimplemented: [SIGILL, ILL_ILLOPC], breakpoint: [SIGTRAP, TRAP_BRKPT],
  divide: [SIGFPE, FPE_INTDIV], alignment: [SIGBUS, BUS_ADRALN], fetch: [SIGSEGV, 2],
};

export class RunLoop {
  private readonly task: Task;
  private readonly state: ThreadState;
  readonly engine: Engine;
  private readonly debug: Debugger | null;

  constructor(task: Task, state: ThreadState, debug: Debugger | null = null) {
    this.task = task;
    this.state = state;
    this.debug = debug;
    const { options } = task.program;
    const cacheless = debug !== null || avoidsCache();
    this.engine = new Engine(task.guest, task.model, task.memory, state, {
      tier: watchesExecution() ? '0' : options.tier, oneInsnPerTb: options.oneInsnPerTb, watch: watchesExecution(), without: new Set(cacheless ? [...options.without, 'cache'] : options.without),
    }, {
      leave: debug === null ? (end) => this.leave(end) : (end) => debug.leave(end, () => this.leave(end)),
      ...(debug === null ? {} : { stopsAt: (address: number) => debug.stopsAt(address) }),
      fetchFault: (location, address) => {
        task.guest.setLocation(task.cpu, location);
        raiseFault(task, SIGSEGV, task.memory.faultCode(address), address);
      },
      command: () => task.program.argv.join('\0'),
    });
    debug?.attach(this.engine);
    beforeExit.push(() => this.engine.save());
    beforeEnd.push(() => this.engine.teach());
    forkHooks.push({ before: () => this.engine.beforeFork(), inChild: () => this.engine.afterFork() });
    if (options.log.length) attachTrace(this.engine, task);
  }

  /** Runs the guest from the task's state. Does not return: the process or the thread ends inside a system call. */
  run(): never {
    const { task, state, debug } = this;
    const { guest, cpu } = task;
    const runs = debug ?? this.engine;
    for (;;) {
      const pending = Atomics.load(state.i32, PENDING >> 2);
      if (pending & STOP) safePoint(task, state.i32);
      if (pending & SIGNAL) deliverPending(task);
      if (debug?.safePoint()) continue;
      const context = guest.context(cpu);
      if (context !== 0) guest.setContext(cpu, 0);
      try {
        const next = runs.run(guest.location(cpu), context);
        if (next !== null) guest.setLocation(cpu, next);
      } catch (e) {
        if (!(e instanceof WebAssembly.RuntimeError)) throw e;
        this.fault(e);
      }
    }
  }

  /** A syscall, trap or callout. True when execution goes on at the end's `next`, in place. */
  private leave(end: End): boolean {
    const { task } = this;
    const { guest, cpu } = task;
    switch (end.kind) {
      case 'syscall': {
        guest.setLocation(cpu, end.next);
        const { number, result: slot } = guest.call;
        const result = dispatch(task, cpu.u32[number.offset >> 2]!);
        if (result === 'gone') return false;
        if (result === 'restart') {
          guest.setLocation(cpu, end.next - guest.syscallBytes(end.next));
          return false;
        }
        cpu.i32[slot.offset >> 2] = result;
        if (slot.type === 'i64') cpu.i32[(slot.offset >> 2) + 1] = Math.floor(result / 4294967296);
        return this.state.i32[PENDING >> 2] === 0 && guest.context(cpu) === 0;
      }
      case 'callout': {
        guest.setLocation(cpu, end.next);
        try { guest.callouts[end.which]!(cpu, end.info, this.calloutHelpers); } catch (e) {
          if (!(e instanceof MemoryFault)) throw e;
          guest.setLocation(cpu, end.pc);
          raiseFault(task, SIGSEGV, task.memory.faultCode(e.address), e.address);
          return false;
        }
        return guest.context(cpu) === 0 && guest.location(cpu) === end.next;
      }
      case 'trap': {
        guest.setLocation(cpu, end.pc);
        const [signal, code] = trapSignals[end.code];
        if (end.code === 'unimplemented' && logging('unimp')) this.logInstruction('not implemented', end.pc);
        if (end.code === 'illegal' && logging('guest_errors')) this.logInstruction('illegal', end.pc);
        raiseFault(task, signal, code, guest.address(end.pc));
        return false;
      }
      default: throw new EmulatorBug(`a block's end ${end.kind} came to the run loop`);
    }
  }

  private readonly calloutHelpers: CalloutHelpers = {
    heed: (modes) => this.task.memory.heed(modes),
    read: (address, bytes) => this.task.memory.read(address, bytes),
    write: (address, data) => this.task.memory.write(address, data),
    compareExchange16: (address, expected, value) => this.task.memory.compareExchange16(address, expected, value),
  };

  private logInstruction(what: string, pc: Location): void {
    const { guest } = this.task;
    const { text, bytes } = guest.disassemble(pc, this.engine.fetcher);
    const raw = this.task.memory.read(guest.address(pc), bytes);
    log(`${guest.name}: ${what}: pc 0x${guest.address(pc).toString(16)}: ${Buffer.from(raw).toString('hex')} ${text}\n`);
  }

  /** A trap of generated code: a bad access, a write to a page with translated code, or a bug of ours. */
  private fault(error: WebAssembly.RuntimeError): void {
    const { task } = this;
    const { guest, cpu, memory } = task;
    const where = this.engine.faultLocation(error);
    if (where === null) throw new EmulatorBug(`trap outside guest code: ${error.message}\n${error.stack}`);
    guest.setLocation(cpu, where.pc);
    guest.setContext(cpu, where.context);
    if (error.message.includes('unaligned')) { raiseFault(task, SIGBUS, BUS_ADRALN, guest.accessAddress?.(cpu, where.pc, this.engine.fetcher) ?? 0); return; }
    if (!error.message.includes('out of bounds') || error.message.includes('table')) {
      throw new EmulatorBug(`${guest.name} pc 0x${where.pc.toString(16)}: ${error.message}\n${error.stack}`);
    }
    const fault = lastFault();
    let address = fault.address - memory.base;
    if (guest.addressType === 'i64') {
      // What is past the end of the memory before its offset is added V8 finds out by itself: there is no fault of the host's to ask about.
      const wanted = guest.accessAddress!(cpu, where.pc, this.engine.fetcher);
      if (wanted > memory.size - WIDEST) { raiseFault(task, SIGSEGV, 1, wanted < memory.size ? memory.size : wanted); return; }
      if (wanted < LOWEST_MAPPED) address = Number(wanted);
    } else if (address >= memory.size) address -= memory.size; // offsets do not wrap around, the guest's addresses do
    if (this.debug?.touched(address)) return;
    if (address >= 0 && address < memory.size && memory.releaseCode(address, 1)) return;
    if (fault.signal === SIGBUS) { raiseFault(task, SIGBUS, fault.code, address); return; }
    raiseFault(task, SIGSEGV, memory.faultCode(address), address);
  }
}
