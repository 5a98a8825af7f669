import { type RunRecord, type RunRequest } from './run.types.js';

/** The request, as an attempt carries it. */
export function asCarried({ request, degraded }: RunRecord, planAccepted: boolean): RunRequest {
  const { fallbackModel } = request;
  const falls = degraded?.step === 'fallback_model' && fallbackModel !== undefined;
  return {
    ...request,
    ...(planAccepted ? { permissionMode: 'default' } : {}),
    ...(falls ? { model: fallbackModel } : {}),
  };
}
