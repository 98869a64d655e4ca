// Calls that start, replace and end processes and threads.
import { SYS } from '../host/abi.ts';
import { plainCall } from '../host/kernel.ts';
import { address, int } from './args.ts';
import { sys } from './call.ts';

export const processes = {
  exit: sys([int], (_task, status) => { plainCall(SYS.exit_group, status); return 'gone'; }, { leaves: true }),
  exit_group: sys([int], (_task, status) => { plainCall(SYS.exit_group, status); return 'gone'; }, { leaves: true }),
  set_tid_address: sys([address], (task, at) => {
    task.clearChildTid = at;
    return task.tid;
  }),
};
