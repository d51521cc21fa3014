import { createBrowserReceiver } from '@statelyai/inspect';

/** What the published receiver of `@statelyai/inspect` got: read by the test from outside. */
const got: unknown[] = [];
Object.assign(globalThis, { got });
createBrowserReceiver().subscribe((event) => got.push(event));
