import { z } from 'zod';

/** What else is told of a setting: to editors by the published schema, and to people by errors and by `kintsugi init`. */
interface About {
  /** How it is written, where the bounds do not say it. */
  readonly examples?: readonly unknown[];
  /** It may let somebody in: it is never printed. */
  readonly writeOnly?: boolean;
}

/** One setting: what it may be, what it is where nobody says anything, and what it is for. */
export const setting = <T extends z.ZodType>(
  schema: T,
  byDefault: z.util.NoUndefined<z.output<T>>,
  description: string,
  about: About = {},
): z.ZodDefault<T> => z._default(schema, byDefault).meta({ description, ...about });

/** Settings that belong together; each of them, and all, may be left out. */
export const section = <S extends z.ZodRawShape>(description: string, shape: S) =>
  z.prefault(z.strictObject(shape), {} as z.input<z.ZodObject<S>>).meta({ description });

export const fraction = z.number().min(0).max(1);
export const count = z.int().min(0);
