using System;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.API;

/// <summary>Opens patient HFS of each database given and reads plan A; prints what was thrown, a line each.</summary>
internal static class Open
{
    private static int Main(string[] databases)
    {
        foreach (string database in databases)
        {
            string outcome = "none";
            try
            {
                MockSession session = MockSession.Open(database);
                session.OpenPatient("HFS");
                PlanSetup plan = session.CreateContext("C1", "Plan A").PlanSetup;
                plan.StructureSet.Image.GetVoxels(0, new int[7, 5]);
                plan.Dose.GetVoxels(0, new int[3, 4]);
            }
            catch (Exception error)
            {
                outcome = error.GetType().Name + ": " + error.Message;
            }
            Console.WriteLine(outcome);
        }
        return 0;
    }
}
