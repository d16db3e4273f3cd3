import type { Device } from './devices';
import { measureTable, type MeasureTableOptions } from './measureTable';
import { LatencyTable } from './table';
import { loadTable, saveTable, tableKey } from './tableFile';

export interface DeviceTableOptions extends Omit<MeasureTableOptions, 'key' | 'provider'> {
  /** Where tables are kept. */
  folder: string;
  device: Device;
  /** Measure even where there is a table already. */
  again?: boolean;
}

/** This device's latency table: the stored one, or measured now (about a minute on 2 cores) and stored. */
export async function deviceTable({
  folder,
  device,
  again = false,
  ...options
}: DeviceTableOptions): Promise<LatencyTable> {
  const key = tableKey(device);
  const known = again ? undefined : await loadTable(folder, key);
  if (known) return known;
  const table = new LatencyTable(await measureTable({ ...options, provider: device.provider, key }));
  await saveTable(folder, table);
  return table;
}
