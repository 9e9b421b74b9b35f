using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using EsapiBridge.Scripts;

/// <summary>Lets Python try the shared sources that need no ESAPI: one command a run.</summary>
public static class Files
{
    public static int Main(string[] arguments)
    {
        switch (arguments[0])
        {
            case "sha256":
                Console.Write(Sha256.OfFile(arguments[1]));
                return 0;
            case "header":
                File.WriteAllBytes(arguments[1], Npy.Header(arguments[2], Shape(arguments[3])));
                return 0;
            case "float32":
                Console.Write(Npy.ReadFloat32(arguments[1], Shape(arguments[2])).Sum(value => (double)value));
                return 0;
            case "case":
                WriteCase(arguments[1], arguments[2] == "complete");
                return 0;
            case "large":
                WriteLarge(arguments[1]);
                return 0;
            case "plane":
                ConvertPlane(arguments[1], Shape(arguments[2]));
                return 0;
            case "json":
                Console.Write(Json.Write(Json.Parse(File.ReadAllText(arguments[1])).Numbers("values")));
                return 0;
            case "status":
                WriteStatus(Json.Read(arguments[1]));
                return 0;
            case "accessories":
                Console.Write(Json.Write(Accessories.Of(new FakeBeam(arguments[1]))));
                return 0;
            case "leaves":
                Console.Write(Json.Write(MlcModel.Boundaries(arguments[1], new float[2, 60])));
                return 0;
            case "resample":
                Resample(arguments[1], arguments[2], arguments[3]);
                return 0;
            case "scale":
                Console.Write(Json.Write(Scales()));
                return 0;
            case "held":
                Console.Write(Json.Write(Held(arguments[1])));
                return 0;
            case "hide":
                Hide(Json.Read(arguments[1]));
                return 0;
            case "log":
                Console.Write(LocalLog.Write("Script: Failed", ErrorText.Lines(Thrown(), text => text)) ?? "none");
                return 0;
            default:
                return 2;
        }
    }

    private static void WriteStatus(JsonObject answer)
    {
        JobStatus status = new JobStatus(answer);
        RefusedException refusal = status.Error as RefusedException;
        Console.Write(Json.Write(new Dictionary<string, object>
        {
            { "state", status.State.ToString() },
            { "ended", status.HasEnded },
            { "message", status.Error.Message },
            { "checks", refusal == null ? null : refusal.Checks.ToArray() }
        }));
    }

    /// <summary>Conversions such as an Eclipse may have; of each what a million counts are, or what was refused.</summary>
    private static Dictionary<string, object> Scales()
    {
        Dictionary<string, Func<int, double>> conversions = new Dictionary<string, Func<int, double>>
        {
            { "exact", count => 1e-4 * count },
            { "single", count => (float)(1e-4 * count) },
            { "offset", count => (float)((0.37 * count) - 1024) },
            { "limited", delegate(int count)
                {
                    if (count > 10000)
                    {
                        throw new ArgumentException("no such count");
                    }
                    return 1e-4 * count;
                } },
            { "cut off", count => Math.Min(count, 4095) },
            { "decimals", count => Math.Round(1.2345e-4 * count, 2) },
            { "curved", count => (1e-4 * count) + (1e-12 * count * count) },
            { "undefined", count => double.NaN },
            { "constant", count => 5 }
        };
        return conversions.ToDictionary(conversion => conversion.Key, delegate(KeyValuePair<string, Func<int, double>> conversion)
        {
            try
            {
                return (object)LinearScale.Probe(conversion.Value).Value(1000000);
            }
            catch (BridgeException error)
            {
                return error.Message;
            }
        });
    }

    /// <summary>Moves and removals while somebody holds a file: which came through, after how many attempts.</summary>
    private static Dictionary<string, object> Held(string folder)
    {
        Dictionary<string, object> found = new Dictionary<string, object>();
        // The error codes of Windows: in use, denied, locked, not empty.
        foreach (int code in new[] { 32, 5, 33, 145 })
        {
            found["code " + code] = Attempts(3, delegate { return new FakeIOException(code); });
        }
        found["denied"] = Attempts(3, delegate { return new UnauthorizedAccessException(); });
        found["exists"] = Attempts(3, delegate { return new FakeIOException(183); });
        found["for ever"] = Attempts(int.MaxValue, delegate { return new FakeIOException(32); }) is string;
        string path = Path.Combine(folder, "list"), other = path + ".partial";
        File.WriteAllText(path, "old");
        File.WriteAllText(other, "new");
        Moves.Replace(other, path);
        found["replaced"] = File.ReadAllText(path) == "new" && !File.Exists(other);
        Moves.Rename(path, other);
        Moves.Remove(other);
        found["removed"] = Directory.GetFiles(folder).Length == 0;
        return found;
    }

    private static object Attempts(int held, Func<Exception> error)
    {
        int attempts = 0;
        try
        {
            Moves.Patiently(delegate
            {
                if (attempts++ < held)
                {
                    throw error();
                }
            });
        }
        catch (SystemException)
        {
            return "given up";
        }
        return attempts;
    }

    private sealed class FakeIOException : IOException
    {
        public FakeIOException(int code) : base("held", unchecked((int)0x80070000) | code)
        {
        }
    }

    private static void Hide(JsonObject wanted)
    {
        Identities identities = new Identities("DeepDoseNet");
        identities.KnowNames(wanted.Texts("names").ToArray());
        identities.KnowIds(wanted.Texts("ids").ToArray());
        Console.Write(Json.Write(wanted.Texts("messages").ConvertAll(identities.Hide)));
    }

    private static Exception Thrown()
    {
        try
        {
            Json.Parse("no JSON");
        }
        catch (BridgeException error)
        {
            return error;
        }
        return null;
    }

    /// <summary>A beam with the members that ESAPI gives it, carrying one thing.</summary>
    private sealed class FakeBeam
    {
        private readonly string _carried;

        public FakeBeam(string carried)
        {
            _carried = carried;
        }

        public IEnumerable<object> Wedges { get { return Several("Wedges"); } }

        public IEnumerable<object> Blocks { get { return Several("Blocks"); } }

        public IEnumerable<object> Boluses { get { return Several("Boluses"); } }

        public IEnumerable<object> Trays { get { return Several("Trays"); } }

        public object Compensator { get { return Several("Compensator").FirstOrDefault(); } }

        public object Applicator { get { return Several("Applicator").FirstOrDefault(); } }

        private IEnumerable<object> Several(string name)
        {
            return _carried == name ? new[] { new object() } : new object[0];
        }
    }

    private static int[] Shape(string text)
    {
        return text.Split(',').Select(int.Parse).ToArray();
    }

    /// <summary>Three arrays and a description that names them; the planes are 1000 k + byte index.</summary>
    private static void WriteCase(string path, bool isToBeCompleted)
    {
        using (CaseFolder folder = new CaseFolder(path))
        {
            int[] shape = { 40, 30, 20 };
            float[] plane = new float[30 * 20];
            Dictionary<string, object> planes = folder.AddPlanes("planes", shape, delegate(int k, byte[] bytes)
            {
                for (int n = 0; n < plane.Length; n++)
                {
                    plane[n] = (1000 * k) + n;
                }
                Buffer.BlockCopy(plane, 0, bytes, 0, 4 * plane.Length);
            });
            Dictionary<string, object> points = folder.AddFloat64("points", new[] { 0.1, -2, 1e300, 4, 5, 6 }, 2, 3);
            Dictionary<string, object> pixels = folder.AddFloat32("pixels", new float[,] { { 1, 2, 3 }, { 4, 5, 6 } }, 2, 3);
            if (isToBeCompleted)
            {
                folder.Complete(new Dictionary<string, object> { { "arrays", new[] { planes, points, pixels } }, { "name", "Größe" } });
            }
        }
    }

    /// <summary>A case with one array of 80 MB, bits k in plane k; prints the error of ours that stopped it.</summary>
    private static void WriteLarge(string path)
    {
        try
        {
            using (CaseFolder folder = new CaseFolder(path))
            {
                int[] shape = { 80, 500, 500 };
                Dictionary<string, object> planes = folder.AddPlanes("planes", shape, delegate(int k, byte[] bytes)
                {
                    Array.Clear(bytes, 0, bytes.Length); // a lent buffer holds what it held
                    for (int n = 0; n < 4 * 500 * 500; n += 4)
                    {
                        bytes[n] = (byte)k;
                    }
                });
                folder.Complete(new Dictionary<string, object> { { "planes", planes } });
            }
        }
        catch (BridgeException refused)
        {
            Console.Write(refused.Message);
        }
    }

    /// <summary>A file of int32 [x, y] becomes one of float32 rows, each 0.5 times the integer minus 1000.</summary>
    private static void ConvertPlane(string path, int[] size)
    {
        byte[] bytes = File.ReadAllBytes(path);
        PlaneBuffer buffer = new PlaneBuffer(size[0], size[1]);
        Buffer.BlockCopy(bytes, 0, buffer.Counts, 0, bytes.Length);
        buffer.ToBytes(LinearScale.Probe(count => (0.5 * count) - 1000), bytes);
        File.WriteAllBytes(path, bytes);
    }

    /// <summary>Samples the float32 file of a lattice on another lattice; both described in JSON.</summary>
    private static void Resample(string description, string values, string result)
    {
        JsonObject both = Json.Read(description);
        Lattice from = Lattice.FromJson(both.Object("from")), to = Lattice.FromJson(both.Object("to"));
        Resampling resampling = new Resampling(new DoseVolume(Npy.ReadFloat32(values, from.Shape), from), to);
        using (FileStream stream = File.Create(result))
        {
            byte[] header = Npy.Header(Npy.Float32, to.Shape);
            stream.Write(header, 0, header.Length);
            float[] plane = new float[to.Size[0] * to.Size[1]];
            byte[] bytes = new byte[4 * plane.Length];
            for (int k = 0; k < to.Size[2]; k++)
            {
                resampling.Plane(k, plane);
                Buffer.BlockCopy(plane, 0, bytes, 0, bytes.Length);
                stream.Write(bytes, 0, bytes.Length);
            }
        }
        Console.Write(Json.Write(new Dictionary<string, object>
        {
            { "copied", resampling.IsCopy }, { "outside", resampling.LargestOutsideGy() }
        }));
    }
}
