using System;
using System.Collections.Generic;
using System.IO;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts
{
    /// <summary>Reads the optimal fluences out of a result folder that the Python side has checked.</summary>
    public static class FluenceResult
    {
        private const double PixelToleranceMm = 1e-6;

        /// <summary>Reads all fluences, by beam number of the plan that was exported.</summary>
        /// <exception cref="BridgeException">Pixels are not of Eclipse's size, or not finite and positive.</exception>
        public static Dictionary<int, Fluence> Read(string folder, List<JsonObject> parts)
        {
            Dictionary<int, Fluence> fluences = new Dictionary<int, Fluence>();
            foreach (JsonObject part in parts)
            {
                int number = part.Integer("beam_number");
                if (fluences.ContainsKey(number))
                {
                    throw new BridgeException("a result must hold one fluence for a beam, found two for beam " + number);
                }
                fluences.Add(number, ReadOne(folder, part, number));
            }
            return fluences;
        }

        private static Fluence ReadOne(string folder, JsonObject part, int number)
        {
            JsonObject array = part.Object("array");
            int[] shape = array.Integers("shape");
            if (shape.Length != 2 || Math.Abs(part.Number("spacing_mm") - FluenceComparison.PixelMm) > PixelToleranceMm)
            {
                throw new BridgeException("the fluence of beam " + number + " must have rows and columns of 2.5 mm, found another");
            }
            float[] values = Npy.ReadFloat32(Path.Combine(folder, Path.GetFileName(array.Text("file"))), shape);
            foreach (float value in values)
            {
                // What Eclipse does with other pixels is not documented, so it never gets any.
                if (!(value >= 0) || float.IsInfinity(value))
                {
                    throw new BridgeException("the fluence of beam " + number + " must be finite and not negative, found another");
                }
            }
            float[,] pixels = new float[shape[0], shape[1]];
            Buffer.BlockCopy(values, 0, pixels, 0, 4 * values.Length);
            return new Fluence(pixels, part.Number("x_origin_mm"), part.Number("y_origin_mm"));
        }
    }
}
