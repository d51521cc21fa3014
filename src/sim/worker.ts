/** A thread that runs scripts, one after the other. */
import { answerQuestions } from '../adapters/worker-answers.ts';
import { simulateAndKeep } from './keep.ts';
import type { Script } from './script.ts';
import { simulate } from './simulate.ts';
import type { SimulatorQuestions } from './simulators.ts';

const ANSWERS: SimulatorQuestions = { simulate, keep: simulateAndKeep };

answerQuestions((ask, [script]) => ANSWERS[ask as keyof SimulatorQuestions](script as Script));
