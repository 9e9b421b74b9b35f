using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using EsapiBridge.Mock;
using EsapiBridge.Scripts;
using VMS.TPS.Common.Model.API;

/// <summary>
/// Times the export of a plan against a plain write of files of the same sizes, each with its flush to disk, in turns;
/// then every stage of reading the CT alone. Arguments: database, patient, course, plan, scratch folder, rounds.
/// Prints lines "round", MB, seconds of the export, seconds of the plain write; and "stage", seconds, name.
/// </summary>
public static class ReadSpeed
{
    private const int Piece = 1 << 20;
    private const int SettleMilliseconds = 300;

    public static int Main(string[] arguments)
    {
        MockSession session = MockSession.Open(arguments[0]);
        session.OpenPatient(arguments[1]);
        ScriptContext context = session.CreateContext(arguments[2], arguments[3]);
        int rounds = int.Parse(arguments[5], CultureInfo.InvariantCulture);
        // The first round compiles the code and has the mock load its files: Eclipse has an open plan in memory.
        for (int round = 0; round <= rounds; round++)
        {
            string folder = Path.Combine(arguments[4], "case");
            double export = Seconds(delegate
            {
                CaseExport.Write(context.Patient, context.ExternalPlanSetup, folder, new Progress(null));
            });
            long[] sizes = new DirectoryInfo(folder).GetFiles().Select(file => file.Length).ToArray();
            Directory.Delete(folder, true);
            string plainFolder = Path.Combine(arguments[4], "plain");
            double plain = Seconds(() => PlainWrite(plainFolder, sizes));
            Directory.Delete(plainFolder, true);
            if (round > 0)
            {
                Print("round {0} {1} {2}", sizes.Sum() / 1e6, export, plain);
            }
        }
        for (int round = 0; round < rounds; round++)
        {
            Stages(context.ExternalPlanSetup.StructureSet.Image, Path.Combine(arguments[4], "stage"));
        }
        return 0;
    }

    private static void Stages(Image image, string path)
    {
        PlaneBuffer buffer = new PlaneBuffer(image.XSize, image.YSize);
        LinearScale scale = LinearScale.Probe(image.VoxelToDisplayValue);
        byte[] plane = new byte[4 * image.XSize * image.YSize];
        Stage("GetVoxels of the mock", image, k => image.GetVoxels(k, buffer.Counts));
        Stage("conversion to float32 rows", image, k => buffer.ToBytes(scale, plane));
        using (Sha256 digest = Sha256.Create())
        {
            Stage("SHA-256", image, k => digest.Add(plane, plane.Length));
        }
        using (FileStream stream = new FileStream(path, FileMode.CreateNew))
        {
            Stage("writing to the system's cache", image, k => stream.Write(plane, 0, plane.Length));
            Print("stage {0} flush to disk", Seconds(() => stream.Flush(true)));
        }
        File.Delete(path);
    }

    private static void Stage(string name, Image image, Action<int> perPlane)
    {
        double seconds = Seconds(delegate
        {
            for (int k = 0; k < image.ZSize; k++)
            {
                perPlane(k);
            }
        });
        Print("stage {0} " + name, seconds);
    }

    private static double Seconds(Action action)
    {
        GC.Collect();
        Thread.Sleep(SettleMilliseconds); // the disk finishes what the last deletion gave it to do
        Stopwatch watch = Stopwatch.StartNew();
        action();
        return watch.Elapsed.TotalSeconds;
    }

    private static void Print(string format, params object[] values)
    {
        Console.WriteLine(string.Format(CultureInfo.InvariantCulture, format, values));
    }

    private static void PlainWrite(string folder, long[] sizes)
    {
        byte[] data = new byte[Piece];
        new Random(1).NextBytes(data);
        Directory.CreateDirectory(folder);
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
    }
}
