using System;
using System.Globalization;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.API;

/// <summary>Runs the sample on a plan, a second time on what the first made, saves, and prints volumes, cc.</summary>
internal static class RunTwice
{
    private static int Main(string[] arguments)
    {
        MockSession session = MockSession.Open(arguments[0]);
        for (int n = 1; n < arguments.Length; n++)
        {
            session.OpenPatient(arguments[n]);
            for (int run = 0; run < 2; run++)
            {
                new VMS.TPS.Script().Execute(session.CreateContext("C1", "Plan"));
            }
            session.Save();
            foreach (Structure structure in session.CreateContext("C1", "Plan").StructureSet.Structures)
            {
                Console.WriteLine(string.Format(
                    CultureInfo.InvariantCulture, "{0}\t{1}\t{2:R}", arguments[n], structure.Id, structure.Volume));
            }
            session.ClosePatient();
        }
        return 0;
    }
}
