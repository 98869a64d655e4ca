// A guest thread under gdb: where it stops and why, how it is stepped, and how the others are made to stand still with it. The thread that stops is the one that
// talks to gdb (session.ts); the others wait at their run loops, where registers are exact and may be changed.
import type { DebugRequest } from '../../cli/debug-request.ts';
import { E, MAP, PROT, SYS } from '../../host/abi.ts';
import { hostView } from '../../host/native.ts';
import { addressOf, plainCall, scratch } from '../../host/kernel.ts';
import { anyQueued, queuedSignals, setDisposition, SIGSTKFLT } from '../../host/signal-handler.ts';
import { catchDefaults } from '../../signals/actions.ts';
import { SA, SIG } from '../../signals/numbers.ts';
import { codeOf, signalOf } from '../../signals/siginfo.ts';
import { alone, callOthers, groupLocked, inCall, ownSlot, runningSlots, slotTid } from '../../threads/group.ts';
import type { Task } from '../../threads/task.ts';
import type { Engine } from '../../translate/engine.ts';
import type { End, Location } from '../../translate/ir.ts';
import { observer, type Observer } from '../observer.ts';
import { Connection, listen } from './connection.ts';
import { toHex, type Received } from './packets.ts';
import { Session, type Child, type Outcome } from './session.ts';
import { FEATURE, Shared, STEP, WORD, type Watch } from './shared.ts';
import { toGdb } from './signal-numbers.ts';
import { ownPid, showThread } from './threads.ts';
import { arm, isOnWatchedPage, loosen, met, recover, snapshot } from './watch.ts';

/** The host does it. */
const CATCH = 2;
/** Between two looks at threads that are to stop, nanoseconds; and looks until one that stays in a system call counts as stopped. */
const LOOK = 300_000, PATIENCE = 60;
/** How often a child that waits looks whether its parent is still there, nanoseconds. */
const CHILD_LOOK = 50_000_000;
/** Faults of one access until it is the guest's own. */
const ATTEMPTS = 8;
const DECIDED = { no: 0, free: 1, followed: 2 } as const;

/** Why a thread stops. `again`: the cause is still there afterwards, so that a thread which has to wait for another's stop need not remember it. */
type Stop = { readonly signal: number; readonly detail?: string; readonly info?: Uint8Array; readonly again?: boolean; readonly child?: Child };

const trap = (detail?: string): Stop => ({ signal: SIG.TRAP, ...(detail === undefined ? {} : { detail }) });

export class Debugger implements Observer {
  private readonly task: Task;
  private readonly shared: Shared;
  private readonly connection: Connection;
  private engine!: Engine;
  /** An access to a watched page that is still to be made by the instruction at a location, unless a signal comes first. */
  private access: { readonly address: number; readonly location: Location } | null = null;
  /** How often it has faulted although it was made alone. */
  private attempts = 0;
  private newProgram = false;
  /** Shared with the child that is being made: whose it is. */
  private decision: Int32Array | null = null;

  constructor(task: Task, shared: Shared) {
    this.task = task;
    this.shared = shared;
    this.connection = new Connection(task, shared);
    observer.current = this;
    task.memory.onFailure = () => {
      loosen(task, shared);
      return shared.get(WORD.WATCHES) > 0;
    };
  }

  /** Once a process, before the guest runs: opens the socket and, if it was asked for, waits for gdb. */
  begin(request: DebugRequest): void {
    this.shared.set(WORD.CONNECTION, -1);
    this.shared.set(WORD.LISTENER, -1);
    listen(this.task, this.shared, request.at);
    this.prepare();
    if (request.suspend && this.connection.accept(true)) this.stop({ signal: SIG.TRAP }, true);
    else {
      this.connection.watch(true);
      this.lookAgain();
    }
  }

  /** What a program needs to be debugged: signals come to us first, and registers are exact. */
  private prepare(): void {
    setDisposition(SIGSTKFLT, CATCH, SA.RESTART);
    catchDefaults('debugger', true);
    if (!this.task.memory.precise) groupLocked(() => alone(() => this.task.memory.makePrecise()));
  }

  // The run loop.

  /** The engine that runs this thread's code. */
  attach(engine: Engine): void { this.engine = engine; }

  stopsAt(address: number): boolean { return this.shared.isBreakpoint(address); }

  /** Before guest code is entered, with the state exact: where threads stand still. True when this one did, and anything may be different now. */
  safePoint(): boolean {
    const { newProgram, shared } = this;
    this.newProgram = false;
    if (newProgram && shared.has(FEATURE.EXEC)) {
      this.stop(trap(`exec:${toHex(Buffer.from(this.task.program.exe))};`));
      return true;
    }
    const slot = ownSlot();
    if (!shared.mustPark(slot)) return false;
    this.park(slot);
    return true;
  }

  /** Stands still until gdb says otherwise. When all threads do, because it has let go on only one that has ended, one of them still has to listen. */
  private park(slot: number): void {
    this.shared.park(slot, () => { if (this.shared.get(WORD.STOPPING) === 0 && anyQueued() && this.connection.waiting) this.look(); });
  }

  /** In place of the engine's `run`. */
  run(location: Location, context: number): Location | null {
    const { shared, task } = this;
    const { access } = this;
    this.access = null;
    if (access?.location === location) return this.makeAccess(location, context, access.address);
    const slot = ownSlot();
    if (shared.action(slot) !== STEP) {
      arm(task, shared);
      return this.engine.run(location, context);
    }
    const generation = shared.get(WORD.GENERATION);
    const next = this.engine.step(location, context);
    if (next !== null) task.guest.setLocation(task.cpu, next);
    return shared.get(WORD.GENERATION) === generation ? this.stepped(undefined) : null; // else it has stopped meanwhile
  }

  /** After one instruction: stops if it met a watchpoint, or when stepping was asked for. */
  private stepped(hit: Watch | undefined): null {
    const { shared, task } = this;
    const slot = ownSlot();
    const names = { write: 'watch', read: 'rwatch', access: 'awatch' } as const;
    const address = task.guest.address(task.guest.location(task.cpu));
    const [from, to] = shared.range(slot);
    if (hit !== undefined) this.stop(trap(`${names[hit.kind]}:${hit.address.toString(16)};`));
    else if (shared.action(slot) === STEP && !(address >= from && address < to && !this.stopsAt(address))) this.stop(trap());
    return null;
  }

  private makeAccess(location: Location, context: number, address: number): null {
    const { shared, task } = this;
    shared.countAccess(1);
    let before: string[];
    const bytes = this.engine.accessBytes(location, context);
    try {
      loosen(task, shared);
      before = snapshot(task, shared);
      const next = this.engine.step(location, context);
      if (next !== null) task.guest.setLocation(task.cpu, next);
      this.attempts = 0;
    } finally { shared.countAccess(-1); }
    return this.stepped(met(task, shared, before, address, bytes));
  }

  /** Whether a fault may be our doing: the access is made next, alone. It can fault again, when another thread was about to arm; the guest's own faults do so each time. */
  touched(address: number): boolean {
    if (!isOnWatchedPage(this.shared, address) || this.attempts === ATTEMPTS) {
      this.attempts = 0;
      return false;
    }
    this.attempts++;
    this.access = { address, location: this.task.guest.location(this.task.cpu) };
    return true;
  }

  /** Around what the run loop does for an end of a block. */
  leave(end: End, inner: () => boolean): boolean {
    const { guest, cpu } = this.task;
    if (end.kind === 'trap' && end.code === 'breakpoint' && this.stopsAt(guest.address(end.pc))) {
      guest.setLocation(cpu, end.pc);
      this.stop({ signal: SIG.TRAP, detail: this.shared.has(FEATURE.SWBREAK) ? 'swbreak:;' : '', again: true });
      return false;
    }
    if (end.kind !== 'syscall') return inner();
    return this.call(end.next, inner);
  }

  private call(next: Location, inner: () => boolean): boolean {
    const { shared, task } = this;
    const { guest, cpu } = task;
    const result = guest.call.result.offset >> 2;
    const number = cpu.u32[guest.call.number.offset >> 2]!;
    const caught = shared.catches(number);
    guest.setLocation(cpu, next);
    if (caught) this.stop(trap(`syscall_entry:${number.toString(16)};`));
    loosen(task, shared);
    const before = shared.get(WORD.WATCHES) > 0 ? snapshot(task, shared) : [];
    const words = [cpu.i32[result]!, cpu.i32[result + 1]!];
    const goesOn = inner();
    if (cpu.i32[result] === -E.EINTR && guest.location(cpu) === next && onlyWoken()) {
      // As the kernel does for a call that no handler interrupted.
      cpu.i32.set(guest.call.result.type === 'i64' ? words : words.slice(0, 1), result);
      guest.setLocation(cpu, next - guest.syscallBytes(next));
      return false;
    }
    const hit = before.length > 0 ? met(task, shared, before, 0, 0) : undefined;
    if (hit !== undefined) this.stop(trap(`${hit.kind === 'write' ? 'watch' : 'awatch'}:${hit.address.toString(16)};`));
    if (caught && guest.location(cpu) === next) this.stop(trap(`syscall_return:${number.toString(16)};`));
    arm(task, shared);
    return goesOn && hit === undefined && !caught;
  }

  // Stopping.

  /** Tells gdb (unless it has just come and will ask) and serves it until the guest goes on. Answers the signal to deliver; 0 for none. */
  private stop(why: Stop, silent = false, first: readonly Received[] = [], speaks = false): number {
    const { shared, task } = this;
    const slot = ownSlot();
    for (;;) {
      if (!shared.attached) return why.signal;
      if (speaks || shared.becomeSpeaker(slot)) break;
      this.park(slot);
      if (why.again) return 0;
    }
    this.connection.watch(false);
    this.stopOthers();
    loosen(task, shared);
    const reply = (): string => `T${toGdb(why.signal).toString(16).padStart(2, '0')}${why.detail ?? ''}thread:${showThread(task.tid, shared.has(FEATURE.MULTIPROCESS))};`;
    if (!silent) this.connection.send(reply());
    const session = new Session(task, shared, this.connection, { reply, info: why.info ?? null, child: why.child ?? null });
    const { outcome, rest } = session.run(first);
    const signal = this.finish(outcome, why);
    shared.release();
    if (why.info === undefined && signal !== 0) {
      shared.setDeliver(slot, signal);
      plainCall(SYS.tgkill, ownPid(), task.tid, signal);
    }
    // What came behind the packet that let the guest go on.
    if (rest.some(({ kind }) => kind === 'interrupt')) this.stop({ signal: SIG.INT });
    else this.lookAgain();
    return signal;
  }

  private finish({ how, signal }: Outcome, why: Stop): number {
    if (how === 'killed') {
      this.connection.close();
      for (;;) plainCall(SYS.kill, ownPid(), SIG.KILL);
    }
    if (how !== 'resumed') {
      this.letGo();
      if (how !== 'handed over') why.child?.decide(false);
    }
    this.connection.watch(true);
    // A stop of ours has no signal that the guest would get.
    return how === 'resumed' ? signal : why.info === undefined ? 0 : why.signal;
  }

  /** Nobody debugs the process any more; the socket goes on waiting. */
  private letGo(): void {
    const { shared, task } = this;
    this.connection.close();
    for (const address of shared.breakpoints()) task.memory.flushCode(address, address + 4);
    shared.setBreakpoints([]);
    shared.setWatches([]);
    shared.reset();
  }

  /** Comes back when no other thread runs guest code. */
  private stopOthers(): void {
    const { shared } = this;
    shared.set(WORD.STOPPING, 1);
    const own = ownSlot();
    const time = new DataView(new SharedArrayBuffer(16));
    time.setUint32(8, LOOK, true);
    for (let look = 0; ; look++) {
      const left = runningSlots().filter((slot) => slot !== own && !shared.parked(slot) && !(look > PATIENCE && inCall(slot)));
      if (left.length === 0) return;
      callOthers();
      if (look % 8 === 0) for (const slot of left) plainCall(SYS.tgkill, ownPid(), slotTid(slot), SIGSTKFLT);
      plainCall(SYS.nanosleep, addressOf(new Uint8Array(time.buffer)), 0);
    }
  }

  /** gdb has said something while the guest ran, or asks for a connection. */
  private look(): void {
    const { shared } = this;
    // A thread that talks to gdb looks itself before it goes on.
    if (!shared.becomeSpeaker(ownSlot())) return;
    const came = !shared.attached && this.connection.accept(false);
    const received = came || !shared.attached ? [] : this.connection.receive(false);
    if (received === null) {
      this.letGo();
      this.connection.watch(true);
    } else if (received.some(({ kind }) => kind === 'interrupt')) return void this.stop({ signal: SIG.INT }, false, [], true);
    else if (came || received.some(({ kind }) => kind === 'packet')) return void this.stop({ signal: SIG.TRAP }, true, received, true);
    shared.set(WORD.SPEAKER, 0);
    if (received === null) this.lookAgain();
  }

  /** What came before the kernel was asked to tell of it. */
  private lookAgain(): void { if (this.connection.waiting) this.look(); }

  // What the rest of tsemu tells.

  signal(_task: Task, signal: number, info: Uint8Array): number {
    const { shared } = this;
    const slot = ownSlot();
    if (!shared.attached || shared.passes(signal)) return signal;
    if (shared.deliver(slot) === signal) {
      shared.setDeliver(slot, 0);
      return signal;
    }
    return this.stop({ signal, info });
  }

  wakes(info: Uint8Array): boolean {
    if (signalOf(info) !== SIGSTKFLT) return false;
    // From the kernel about a socket; or from a thread that stops the others, which the run loop sees.
    if (codeOf(info) > 0 && this.shared.get(WORD.STOPPING) === 0) this.look();
    return true;
  }

  exits(status: number): void { this.last(`W${(status & 0xff).toString(16).padStart(2, '0')}`); }
  dies(signal: number): void { this.last(`X${toGdb(signal).toString(16).padStart(2, '0')}`); }

  /** The process ends: no other thread says anything any more. */
  private last(what: string): void {
    const { shared } = this;
    const slot = ownSlot();
    while (shared.attached && !shared.becomeSpeaker(slot)) this.park(slot);
    if (!shared.attached) return;
    loosen(this.task, shared);
    this.connection.watch(false);
    this.connection.send(shared.has(FEATURE.MULTIPROCESS) ? `${what};process:${ownPid().toString(16)}` : what);
    // In no-acknowledgement mode nothing comes back; else gdb may want it again.
    this.connection.close();
  }

  executed(): void {
    this.shared.setBreakpoints([]);
    this.shared.setWatches([]);
    this.prepare();
    this.newProgram = this.shared.attached;
  }

  beforeFork(): void {
    loosen(this.task, this.shared);
    this.decision = null;
    if (!this.shared.attached || !this.shared.has(FEATURE.FORK)) return;
    const at = plainCall(SYS.mmap, 0, 4096, PROT.READ | PROT.WRITE, MAP.SHARED | MAP.ANONYMOUS, -1, 0);
    if (at > 0) this.decision = new Int32Array(hostView(at, 4096).buffer);
  }

  forked(pid: number): void {
    const { decision, shared } = this;
    this.decision = null;
    if (decision === null) return;
    const decide = (followed: boolean): void => {
      if (decision[0] !== DECIDED.no) return;
      Atomics.store(decision, 0, followed ? DECIDED.followed : DECIDED.free);
      wakeShared(addressOf(decision));
    };
    if (pid > 0) this.stop({ ...trap(`fork:${showThread(pid, shared.has(FEATURE.MULTIPROCESS), pid)};`), child: { pid, decide } });
    decide(false);
    plainCall(SYS.munmap, addressOf(decision), 4096);
  }

  inChild(): void {
    const { decision, shared } = this;
    const parent = plainCall(SYS.getppid);
    this.decision = null;
    // What other threads, which are not there, were about.
    for (const word of [WORD.SPEAKER, WORD.STOPPING, WORD.ACCESSES]) shared.set(word, 0);
    recover(this.task, shared);
    const listener = shared.get(WORD.LISTENER);
    if (listener >= 0) plainCall(SYS.close, listener);
    shared.set(WORD.LISTENER, -1);
    if (decision !== null) {
      const time = scratch(16);
      time.view.setUint32(8, CHILD_LOOK, true);
      while (Atomics.load(decision, 0) === DECIDED.no && plainCall(SYS.getppid) === parent) plainCall(SYS.futex, addressOf(decision), 0, DECIDED.no, time.address);
      const followed = decision[0] === DECIDED.followed;
      plainCall(SYS.munmap, addressOf(decision), 4096);
      if (followed) {
        this.stop({ signal: SIG.TRAP }, true);
        return;
      }
    }
    this.beFree();
  }

  /** A process that nobody debugs, nor can: the sockets are its parent's. */
  private beFree(): void {
    this.letGo();
    catchDefaults('debugger', false);
    setDisposition(SIGSTKFLT, 0, 0);
    observer.current = null;
  }
}

/** Whether all that interrupted a system call was our own. */
function onlyWoken(): boolean {
  const signals = queuedSignals();
  return signals.length > 0 && signals.every((signal) => signal === SIGSTKFLT);
}

/** FUTEX_WAKE on memory that processes share. */
function wakeShared(address: number): void { plainCall(SYS.futex, address, 1, 1); }
