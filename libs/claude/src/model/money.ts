import { Big } from 'big.js';

/** Money is counted in whole units of 10⁻¹⁰ USD: exact for every price per token, exact in Redis, exact in a sum. */
export const UNITS_PER_USD = 10_000_000_000;
const TOKENS_PER_PRICE = 1_000_000;

/** @param usd a decimal */
export const unitsOf = (usd: string): number => Number(new Big(usd).times(UNITS_PER_USD).toFixed(0));

/** A decimal in USD. */
export const usdOf = (units: number): string => new Big(units).div(UNITS_PER_USD).toFixed();

/** Units of money for one token. @param price USD for a million of them, a decimal with at most four digits */
export const perToken = (price: string): number =>
  Number(new Big(price).times(UNITS_PER_USD).div(TOKENS_PER_PRICE).toFixed(0));
