import { type TObject, type TProperties, Type } from 'typebox';

export const text = (description: string) => Type.String({ description });
export const whole = (description: string) => Type.Integer({ minimum: 0, description });
export const flag = (description: string) => Type.Boolean({ description });
export const anything = (description: string) => Type.Unknown({ description });
export const orNull = <T extends ReturnType<typeof text | typeof whole>>(type: T) => Type.Union([type, Type.Null()]);

export interface EventRow<Data extends TProperties> {
  readonly about: string;
  /** Nothing follows it. */
  readonly terminal: boolean;
  /** Adjacent ones of one message and block may be merged into one frame. */
  readonly delta: boolean;
  readonly data: TObject<Data>;
}

export const event = <Data extends TProperties>(
  about: string,
  data: Data,
  kind?: 'terminal' | 'delta',
): EventRow<Data> => ({
  about,
  terminal: kind === 'terminal',
  delta: kind === 'delta',
  data: Type.Object(data),
});
