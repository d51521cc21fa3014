import { expect } from 'vitest';

/**
 * What computes, and is not about disks, has its files in memory where the system has room for them there: to rename and to sync on a
 * disk takes a fifth of the time of many of these, and tells nothing of what they test.
 */
const { testPath = '' } = expect.getState();
const { TESTS_ON_DISK: onDisk, TESTS_IN_MEMORY: inMemory } = process.env;
process.env.TMPDIR = testPath.includes('/test/adapters/') ? onDisk : (inMemory ?? onDisk);
