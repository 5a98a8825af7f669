import { getMetadataStorage } from 'class-validator';

/**
 * What decorators say of a class is known once it is loaded, and class-validator gathers it anew for every value: a third
 * of the time that it takes for the request of a run. From here on it does so once for each class.
 */
export function rememberMetadata(): void {
  const storage = getMetadataStorage();
  const [gather, group] = [
    storage.getTargetValidationMetadatas.bind(storage),
    storage.groupByPropertyName.bind(storage),
  ];
  type Gathered = ReturnType<typeof gather>;
  const gathered = new Map<unknown, Gathered>();
  const grouped = new WeakMap<Gathered, ReturnType<typeof group>>();
  storage.getTargetValidationMetadatas = (target, schema, always, strictGroups, groups) => {
    // Only as we ask, and what a class is: an object from outside may say of itself that it is of anything.
    if (always || strictGroups || groups || schema || typeof target !== 'function')
      return gather(target, schema, always, strictGroups, groups);
    const known = gathered.get(target) ?? gather(target, schema, always, strictGroups, groups);
    gathered.set(target, known);
    return known;
  };
  storage.groupByPropertyName = (metadata) => {
    const known = grouped.get(metadata) ?? group(metadata);
    grouped.set(metadata, known);
    return known;
  };
}
