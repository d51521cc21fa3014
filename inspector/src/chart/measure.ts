/** How wide a text is in Inter, without a browser: so that a layout is the same everywhere, and can be tested. */

/** Advance widths of Inter in thousandths of an em, for the characters from 32 to 126, measured in Chromium without kerning. */
const REGULAR =
  '274 296 480 636 644 987 648 306 367 367 511 665 296 461 296 365 665 665 665 665 665 665 665 665 665 665 296 309 665 665 665 519 974 699 656 732 722 602 590 747 744 271 573 680 565 908 755 766 640 767 646 644 649 742 699 994 691 688 635 367 365 367 474 459 330 564 615 574 615 585 375 616 597 247 247 554 247 882 596 602 615 615 382 533 333 597 568 824 552 569 556 434 339 434 665';
const SEMIBOLD =
  '252 321 523 644 650 1004 663 326 373 373 540 673 319 465 319 379 675 675 675 675 675 675 675 675 675 675 319 329 673 673 673 543 999 728 659 737 722 605 588 749 746 277 580 703 565 922 759 769 645 773 652 650 660 736 728 1020 720 713 652 373 379 373 481 469 351 574 624 583 624 591 389 625 612 262 262 569 262 900 612 609 624 624 397 549 353 612 587 839 569 588 566 455 359 455 673';
const WIDTHS = { regular: REGULAR.split(' ').map(Number), semibold: SEMIBOLD.split(' ').map(Number) } as const;
/** What is not in the table is taken to be as wide as the widest. */
const OTHER = 1_020;
/** Another font may stand in for Inter, and `tnum` makes figures wider. */
const SPARE = 1.04;

export type Weight = keyof typeof WIDTHS;
export interface Font {
  readonly size: number;
  readonly weight: Weight;
}

/** Width of a text, px, rather too wide than too narrow. */
export function widthOf(text: string, { size, weight }: Font): number {
  let sum = 0;
  for (const character of text) sum += WIDTHS[weight][(character.codePointAt(0) ?? 0) - 32] ?? OTHER;
  return (sum / 1_000) * size * SPARE;
}

/** The text, or as much of its beginning as fits, with an ellipsis. */
export function cut(text: string, most: number, font: Font): string {
  if (widthOf(text, font) <= most) return text;
  const letters = [...text];
  let [low, high] = [0, letters.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (widthOf(`${letters.slice(0, middle).join('').trimEnd()}…`, font) <= most) low = middle;
    else high = middle - 1;
  }
  return `${letters.slice(0, low).join('').trimEnd()}…`;
}
