import * as fs from 'node:fs';

/** Writes a document where a person named it: whole or not at all, also where one stood there before. Throws the system's error. */
export function writeDocument(absolute: string, text: string): void {
  const temporary = `${absolute}.${process.pid}.tmp`;
  try {
    fs.writeFileSync(temporary, text, { flag: 'wx' });
    fs.renameSync(temporary, absolute);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}
