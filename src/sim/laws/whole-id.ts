/** The id of a fill whose booking has this one: what closes one position and opens another is booked in pieces, `id` and `id:2`. */
export const wholeId = (fillId: string): string => fillId.replace(/:\d+$/, '');
