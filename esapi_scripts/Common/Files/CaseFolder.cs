using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// Writes a case folder: case.json, one NPY file per array and SHA256SUMS. It appears under its name only when
    /// complete and on disk; disposing of an incomplete one leaves nothing behind. What a killed script leaves behind has a
    /// name of <see cref="Partials"/>.
    /// </summary>
    public sealed class CaseFolder : IDisposable
    {
        /// <summary>Names of folders that are not complete.</summary>
        public const string Partials = ".case-*.partial";

        private readonly string _description;
        private readonly string _folder;
        private readonly string _partial;
        private readonly SortedDictionary<string, string> _sums = new SortedDictionary<string, string>(StringComparer.Ordinal);
        private bool _isComplete;

        /// <summary>Begins a case folder; the name must be free.</summary>
        public CaseFolder(string folder) : this(folder, "case.json")
        {
        }

        /// <summary>Begins a folder of this kind whose description has another name.</summary>
        public CaseFolder(string folder, string description)
        {
            _description = description;
            if (Directory.Exists(folder) || File.Exists(folder))
            {
                throw new BridgeException("a case folder is never overwritten: expected a name that is free, "
                    + "found one that exists");
            }
            _folder = folder;
            string parent = Path.GetDirectoryName(Path.GetFullPath(folder));
            _partial = Path.Combine(parent, ".case-" + Guid.NewGuid().ToString("N") + ".partial");
            Directory.CreateDirectory(_partial);
        }

        /// <summary>Bytes written so far.</summary>
        public long BytesWritten { get; private set; }

        /// <summary>Writes an array piece by piece, each piece a plane of float32.</summary>
        /// <param name="name">File name without ending.</param>
        /// <param name="shape">(planes, rows, columns).</param>
        /// <param name="fillPlane">Fills a buffer with plane k, float32, rows one after the other.</param>
        /// <returns>What case.json says of the array.</returns>
        public Dictionary<string, object> AddPlanes(string name, int[] shape, Action<int, byte[]> fillPlane)
        {
            byte[] header = Npy.Header(Npy.Float32, shape);
            int planeBytes = 4 * shape[1] * shape[2];
            using (HashedFile file = new HashedFile(PathOf(name), Math.Max(header.Length, planeBytes)))
            {
                byte[] buffer = file.Lend();
                header.CopyTo(buffer, 0);
                file.Append(buffer, header.Length);
                for (int k = 0; k < shape[0]; k++)
                {
                    buffer = file.Lend();
                    fillPlane(k, buffer);
                    file.Append(buffer, planeBytes);
                }
                Keep(name + ".npy", file.Finish(), header.Length + ((long)planeBytes * shape[0]));
            }
            return ArrayPart(name, Npy.Float32, shape);
        }

        /// <summary>Writes an array of float64, C order.</summary>
        public Dictionary<string, object> AddFloat64(string name, double[] values, params int[] shape)
        {
            byte[] data = new byte[8 * values.Length];
            Buffer.BlockCopy(values, 0, data, 0, data.Length);
            WriteArray(name, Npy.Header(Npy.Float64, shape), data);
            return ArrayPart(name, Npy.Float64, shape);
        }

        /// <summary>Writes an array of float32, C order; arrays of any rank are taken as they lie in memory.</summary>
        public Dictionary<string, object> AddFloat32(string name, Array values, params int[] shape)
        {
            byte[] data = new byte[4 * values.Length];
            Buffer.BlockCopy(values, 0, data, 0, data.Length);
            WriteArray(name, Npy.Header(Npy.Float32, shape), data);
            return ArrayPart(name, Npy.Float32, shape);
        }

        /// <summary>Writes the description and SHA256SUMS, and gives the folder its name.</summary>
        public void Complete(Dictionary<string, object> description)
        {
            WriteFile(_description, new UTF8Encoding(false).GetBytes(Json.Write(description)));
            StringBuilder list = new StringBuilder();
            foreach (KeyValuePair<string, string> sum in _sums)
            {
                list.Append(sum.Value).Append("  ").Append(sum.Key).Append('\n');
            }
            WriteDurably(Path.Combine(_partial, "SHA256SUMS"), Encoding.ASCII.GetBytes(list.ToString()));
            Moves.RenameFolder(_partial, _folder);
            _isComplete = true;
        }

        /// <summary>Removes what was written if the case is not complete.</summary>
        public void Dispose()
        {
            if (_isComplete)
            {
                return;
            }
            try
            {
                Moves.RemoveFolder(_partial);
            }
            catch (SystemException)
            {
                // Somebody holds a file of it: why the case is not complete matters more.
            }
        }

        private static Dictionary<string, object> ArrayPart(string name, string dtype, int[] shape)
        {
            return new Dictionary<string, object> { { "file", name + ".npy" }, { "dtype", dtype }, { "shape", shape } };
        }

        private string PathOf(string name)
        {
            return Path.Combine(_partial, name + ".npy");
        }

        private void WriteArray(string name, byte[] header, byte[] data)
        {
            byte[] whole = new byte[header.Length + data.Length];
            header.CopyTo(whole, 0);
            data.CopyTo(whole, header.Length);
            WriteFile(name + ".npy", whole);
        }

        private void WriteFile(string file, byte[] data)
        {
            WriteDurably(Path.Combine(_partial, file), data);
            Keep(file, Sha256.Of(data), data.Length);
        }

        private void Keep(string file, string sum, long bytes)
        {
            _sums.Add(file, sum);
            BytesWritten += bytes;
        }

        private static void WriteDurably(string path, byte[] data)
        {
            using (FileStream stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                stream.Write(data, 0, data.Length);
                stream.Flush(true);
            }
        }
    }
}
