using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;

namespace EsapiBridge.Mock
{
    /// <summary>
    /// An array of a case folder: little-endian NPY 1.0, C order. The file is read and its digest compared when a value
    /// is first asked for, so that opening a patient is quick; what was compared is what is used.
    /// </summary>
    internal sealed class NpyArray
    {
        private const int PrefixLength = 10;  // magic, version, header length
        private const int Alignment = 64;
        private static readonly byte[] Magic = { 0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0 };

        private readonly CaseFolder _folder;
        private readonly string _file;
        private readonly string _dtype;
        private readonly int[] _shape;
        private byte[] _bytes;
        private int _start;

        internal NpyArray(CaseFolder folder, JsonPart declared)
        {
            _folder = folder;
            _file = declared.Text("file");
            _dtype = declared.Text("dtype");
            _shape = declared.Numbers("shape", -1).Select(n => checked((int)n)).ToArray();
            if (_dtype != "<f4" && _dtype != "<f8")
            {
                throw new InvalidDataException(_file + " must be <f4 or <f8");
            }
            folder.RequireListed(_file);
        }

        internal int[] Shape
        {
            get { return _shape; }
        }

        internal string Dtype
        {
            get { return _dtype; }
        }

        private int ItemSize
        {
            get { return _dtype == "<f4" ? 4 : 8; }
        }

        /// <summary>Fills <paramref name="values"/> with the items from the given one on.</summary>
        internal void ReadFloats(int first, float[] values)
        {
            Load();
            if (_dtype == "<f4")
            {
                Buffer.BlockCopy(_bytes, checked(_start + first * 4), values, 0, values.Length * 4);
                return;
            }
            double[] wide = ReadDoubles();
            for (int n = 0; n < values.Length; n++)
            {
                values[n] = (float)wide[first + n];
            }
        }

        internal double[] ReadDoubles()
        {
            Load();
            int count = (_bytes.Length - _start) / ItemSize;
            double[] values = new double[count];
            if (_dtype == "<f8")
            {
                Buffer.BlockCopy(_bytes, _start, values, 0, count * 8);
                return values;
            }
            float[] narrow = new float[count];
            Buffer.BlockCopy(_bytes, _start, narrow, 0, count * 4);
            return Array.ConvertAll(narrow, n => (double)n);
        }

        /// <summary>An array as an NPY file.</summary>
        internal static byte[] Encode(Array values, params int[] shape)
        {
            bool single = values is float[];
            string dimensions = string.Join(", ", shape.Select(n => n.ToString(CultureInfo.InvariantCulture)));
            string header = "{'descr': '" + (single ? "<f4" : "<f8") + "', 'fortran_order': False, 'shape': ("
                + dimensions + (shape.Length == 1 ? ",), }" : "), }");
            int length = PrefixLength + header.Length + 1;
            header = header + new string(' ', (Alignment - length % Alignment) % Alignment) + "\n";
            int dataLength = values.Length * (single ? 4 : 8);
            byte[] bytes = new byte[PrefixLength + header.Length + dataLength];
            Magic.CopyTo(bytes, 0);
            bytes[8] = (byte)(header.Length & 0xff);
            bytes[9] = (byte)(header.Length >> 8);
            Encoding.ASCII.GetBytes(header, 0, header.Length, bytes, PrefixLength);
            Buffer.BlockCopy(values, 0, bytes, PrefixLength + header.Length, dataLength);
            return bytes;
        }

        /// <summary>SHA-256 of the file.</summary>
        internal string Digest
        {
            get { return _folder.DigestOf(_file); }
        }

        /// <summary>The file, header and all.</summary>
        internal byte[] FileBytes()
        {
            Load();
            return _bytes;
        }

        /// <summary>Reads the file now; later reads need it no more.</summary>
        internal void Load()
        {
            if (_bytes != null)
            {
                return;
            }
            byte[] bytes = _folder.ReadVerified(_file);
            if (bytes.Length < PrefixLength || !Magic.SequenceEqual(bytes.Take(Magic.Length)))
            {
                throw new InvalidDataException(_file + " must be an NPY 1.0 file");
            }
            int start = PrefixLength + bytes[8] + (bytes[9] << 8);
            string header = Encoding.ASCII.GetString(bytes, PrefixLength, Math.Min(start, bytes.Length) - PrefixLength);
            Match shape = Regex.Match(header, @"'shape':\s*\(([0-9, ]*)\)");
            int[] found = shape.Groups[1].Value.Split(new[] { ',', ' ' }, StringSplitOptions.RemoveEmptyEntries)
                .Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray();
            if (!shape.Success || !found.SequenceEqual(_shape) || header.IndexOf("'" + _dtype + "'") < 0
                || !Regex.IsMatch(header, @"'fortran_order':\s*False"))
            {
                throw new InvalidDataException(_file + " must be the array that case.json declares, in C order");
            }
            long items = _shape.Aggregate(1L, (product, n) => product * n);
            if (bytes.Length - start != items * ItemSize)
            {
                throw new InvalidDataException(_file + " must hold exactly the values of its shape");
            }
            _start = start;
            _bytes = bytes;
        }
    }
}
