/** Bugs of restart and recovery: mail, the past as it is replayed, positions and deadlines. */
import type { PlantedBug } from './bug.ts';

export const RECOVERY_BUGS: readonly PlantedBug[] = [
  {
    id: 'restart/mail-in-flight-dropped',
    does: 'what an actor had been handed and not taken is dropped when it is restarted',
    file: 'src/healing/mailbox.ts',
    find: 'box.held.unshift(...box.flying.keys());',
    put: '',
  },
  {
    id: 'restart/held-mail-dropped',
    does: 'what reaches an actor while it is restarted is dropped',
    file: 'src/healing/mailbox.ts',
    find: 'else box.held.push(event);',
    put: "else if (to === 'marketFeed') box.held.push(event);",
  },
  {
    id: 'restart/unwritten-dropped',
    does: 'events the disk refused are gone when the bus is restarted',
    file: 'src/actors/signal-bus.ts',
    find: 'history.opener = incarnation;',
    put: 'history.opener = incarnation;\n      history.unwritten = [];',
  },
  {
    id: 'restart/old-history',
    does: 'who is restarted is told the past as it was at the start of the bot',
    file: 'src/actors/bus-history.ts',
    find: 'if (!this.#ready) return;\n    this.#retention.take(record);',
    put: 'if (!this.#ready) return;\n    this.#retention.taken++;',
  },
  {
    id: 'restart/log-not-caught-up',
    does: 'of the log only what the checkpoint has is replayed, and what came after its end is not',
    file: 'src/actors/bus-history.ts',
    find: 'this.#retention.take(record);\n      this.#last = { offset, record };\n    }',
    put: 'if (from === null) this.#retention.take(record);\n      this.#last = { offset, record };\n    }',
  },
  {
    id: 'restart/traded-signals-forgotten',
    does: 'a checkpoint forgets a blocked signal at its end, while its shadow trade may be open',
    file: 'src/actors/retention.ts',
    find: "if (new_state === 'blocked') life.blocked = true;",
    put: "if (new_state === 'executed') this.#endings.expired.push({ id, final: 'expired', dueTs: 0 });",
  },
  {
    id: 'restart/decisions-not-resumed',
    does: 'a signal that was being decided when the bot ended is never decided',
    file: 'src/actors/state-machine.ts',
    find: "if (state === 'generated' || state === 'evaluating') decide(record, state);",
    put: "if (state === 'generated') decide(record, state);",
  },
  {
    id: 'restart/deadlines-begin-anew',
    does: 'the age of a signal is counted from the last start of the bot',
    file: 'src/actors/state-machine.ts',
    find: 'direction: record.signal.direction,\n      at: record.ts * 1000,\n    });\n  };',
    put: 'direction: record.signal.direction,\n      at: clock.now(),\n    });\n  };',
  },
  {
    id: 'restart/stale-entries',
    does: 'an entry is made on a signal however old it is',
    file: 'src/actors/entries.ts',
    find: "if (clock.now() - signal.at > TOO_OLD_MS) return trade.giveUp(signalId, 'the signal is too old for an entry');",
    put: '',
  },
  {
    id: 'restart/orders-forgotten',
    does: 'an entry that was under way when the bot ended is not asked after',
    file: 'src/actors/trade-history.ts',
    find: "const order = desk.add(intent, 'unknown', intent.at);\n    if (!trade) return;",
    put: "const order = desk.add(intent, 'unknown', intent.at);\n    desk.end(order);\n    if (!trade) return;",
  },
  {
    id: 'restart/names-given-again',
    does: 'an exit or a stop gets the name of one that may have left before the restart',
    file: 'src/actors/lost-orders.ts',
    find: 'desk.pass(signalId, purpose, first);\n      return desk.nextId(signalId, purpose);',
    put: 'return first;',
  },
  {
    id: 'restart/marks-forgotten',
    does: 'a stop that had trailed is back where it began after a restart',
    file: 'src/actors/exit-gates.ts',
    find: 'watch.position = keepMarks(marked, watch.position);',
    put: '',
  },
];
