using System;
using EsapiBridge.Scripts;

/// <summary>Says what the scripts make of a release of the .NET Framework, as Windows' registry gives it.</summary>
public static class Framework
{
    public static int Main(string[] arguments)
    {
        foreach (string release in arguments)
        {
            try
            {
                NetFramework.Require(release == "none" ? (int?)null : int.Parse(release));
                Console.WriteLine("passes");
            }
            catch (RefusedException error)
            {
                Console.WriteLine(error.Message);
            }
        }
        return 0;
    }
}
