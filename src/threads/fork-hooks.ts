// What others want to do around a fork of the process.

export type ForkHook = {
  /** In the parent, before the fork; nothing is locked yet. */
  readonly before: () => void;
  readonly inChild: () => void;
};

export const forkHooks: ForkHook[] = [];
