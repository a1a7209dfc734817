/** placeholder */
export async function measureProcesses(): Promise<{ result: string; met: boolean }> {
  return { result: 'not measured', met: false };
}
