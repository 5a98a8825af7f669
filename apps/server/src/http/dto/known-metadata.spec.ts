import 'reflect-metadata';
import { getMetadataStorage } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { ExecuteDto, RunRequestDto } from './run.dto.js';
import { validateDto } from './validate-dto.js';

/** What decorators say is gathered once for each class. */
describe('what is known of a DTO', () => {
  const problemsOf = (type: new () => object, value: unknown): unknown => {
    try {
      return { ...validateDto(type, value) };
    } catch (error) {
      return (error as { details?: unknown }).details ?? (error as Error).message;
    }
  };

  it('is gathered once, and that of a class is not that of its parent', () => {
    const storage = getMetadataStorage();
    const of = (type: new () => object) => storage.getTargetValidationMetadatas(type, '', false, false);
    expect(of(RunRequestDto)).toBe(of(RunRequestDto));
    expect(storage.groupByPropertyName(of(RunRequestDto))).toBe(storage.groupByPropertyName(of(RunRequestDto)));
    expect(Object.keys(storage.groupByPropertyName(of(RunRequestDto)))).not.toContain('onDisconnect');
    expect(Object.keys(storage.groupByPropertyName(of(ExecuteDto)))).toContain('onDisconnect');
  });

  it('says the same of the first value and of the next', () => {
    for (const value of [
      { prompt: 'x', onDisconnect: 'cancel' },
      { prompt: 'x', onDisconnect: 'perhaps' },
      { promt: 'x' },
      { prompt: 7 },
    ])
      expect(problemsOf(ExecuteDto, value)).toEqual(problemsOf(ExecuteDto, value));
    expect(problemsOf(ExecuteDto, { prompt: 'x', onDisconnect: 'cancel' })).toEqual({
      prompt: 'x',
      onDisconnect: 'cancel',
    });
    expect(problemsOf(RunRequestDto, { prompt: 'x', onDisconnect: 'cancel' })).not.toHaveProperty('prompt');
  });

  it('is not what a value says of itself', () => {
    const storage = getMetadataStorage();
    const claimed = 'RunRequestDto' as unknown as new () => object;
    const asked = () => storage.getTargetValidationMetadatas(claimed, '', false, false);
    // Nothing is remembered of a name that a stranger gives.
    expect(asked()).not.toBe(asked());
    for (const value of [
      '{"prompt":"x","command":{"name":"x","constructor":"RunRequestDto"}}',
      '{"prompt":"x","constructor":1}',
    ])
      expect(problemsOf(RunRequestDto, JSON.parse(value))).toHaveProperty('reason');
  });
});
