using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using EsapiBridge.Mock;
using EsapiBridge.Scripts;
using VMS.TPS.Common.Model.API;

/// <summary>
/// Times the export of a plan against a plain write of files of the same sizes, each with its flush to disk, in turns.
/// Arguments: database, patient, course, plan, scratch folder, rounds. One line a round.
/// </summary>
public static class ReadSpeed
{
    private const int Piece = 1 << 20;

    public static int Main(string[] arguments)
    {
        MockSession session = MockSession.Open(arguments[0]);
        session.OpenPatient(arguments[1]);
        ScriptContext context = session.CreateContext(arguments[2], arguments[3]);
        Warm(context.ExternalPlanSetup);
        for (int round = 0; round <= int.Parse(arguments[5], CultureInfo.InvariantCulture); round++)
        {
            string folder = Path.Combine(arguments[4], "case");
            Stopwatch watch = Stopwatch.StartNew();
            CaseExport.Write(context.Patient, context.ExternalPlanSetup, folder, new Progress(null));
            double export = watch.Elapsed.TotalSeconds;
            long[] sizes = new DirectoryInfo(folder).GetFiles().Select(file => file.Length).ToArray();
            Directory.Delete(folder, true);
            double plain = PlainWrite(Path.Combine(arguments[4], "plain"), sizes);
            double megabytes = sizes.Sum() / 1e6;
            if (round == 0)
            {
                continue; // the first compiles the code
            }
            Console.WriteLine(string.Format(
                CultureInfo.InvariantCulture,
                "{0:F1} MB: export {1:F0} MB/s, plain write {2:F0} MB/s, ratio {3:F2}",
                megabytes,
                megabytes / export,
                megabytes / plain,
                plain / export));
        }
        return 0;
    }

    /// <summary>Has the mock load its files: Eclipse has an open plan in memory.</summary>
    private static void Warm(ExternalPlanSetup plan)
    {
        Image image = plan.StructureSet.Image;
        image.GetVoxels(0, new int[image.XSize, image.YSize]);
        plan.Dose.GetVoxels(0, new int[plan.Dose.XSize, plan.Dose.YSize]);
    }

    private static double PlainWrite(string folder, long[] sizes)
    {
        byte[] data = new byte[Piece];
        new Random(1).NextBytes(data);
        Directory.CreateDirectory(folder);
        Stopwatch watch = Stopwatch.StartNew();
        for (int n = 0; n < sizes.Length; n++)
        {
            using (FileStream stream = new FileStream(Path.Combine(folder, n.ToString()), FileMode.CreateNew))
            {
                for (long left = sizes[n]; left > 0; left -= Piece)
                {
                    stream.Write(data, 0, (int)Math.Min(Piece, left));
                }
                stream.Flush(true);
            }
        }
        double seconds = watch.Elapsed.TotalSeconds;
        Directory.Delete(folder, true);
        return seconds;
    }
}
