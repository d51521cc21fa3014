import { setTimeout as sleep } from 'node:timers/promises';
import type { RestFault } from '../faults/fault.ts';
import { type Answer, turnedAway } from './answer.ts';

/** How far a message comes: through, cut off with the connection, into silence, or something else comes instead of it. */
export type Way = 'through' | 'cut' | 'silence' | Answer;

const page = (status: number): Answer => ({
  status,
  body: `<html><head><title>${status}</title></head><body><h1>ERROR</h1><p>The request could not be satisfied.</p></body></html>`,
});

/** On the way to the exchange. */
export async function spoilRequest(fault: RestFault): Promise<Way> {
  switch (fault.kind) {
    case 'drop-before':
      return 'cut';
    case 'timeout-before':
      return 'silence';
    case 'delay-before':
      await sleep(fault.ms);
      return 'through';
    case 'status-before': {
      const { status, code = -1000, msg = 'An unknown error occurred while processing the request.' } = fault;
      return { status, body: { code, msg } };
    }
    case 'too-many-requests':
      return turnedAway(429, fault.retryAfterSec);
    case 'html-page':
      return page(fault.status);
    default:
      return 'through';
  }
}

/** On the way back: the exchange has done what it was asked. */
export async function spoilAnswer(fault: RestFault): Promise<Way> {
  switch (fault.kind) {
    case 'drop-after':
      return 'cut';
    case 'timeout-after':
      return 'silence';
    case 'delay-after':
      await sleep(fault.ms);
      return 'through';
    case 'status-after': {
      const { status, code = -1007 } = fault;
      const unknown =
        'Timeout waiting for response from backend server. Send status unknown; execution status unknown.';
      return { status, body: { code, msg: fault.msg ?? unknown } };
    }
    default:
      return 'through';
  }
}
