using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts
{
    /// <summary>Gives the beams of a plan their optimal fluence, all or none, and reads it back.</summary>
    public static class FluenceWriter
    {
        /// <summary>How far what Eclipse holds may be from what was set, as a share of the largest pixel of the beam.</summary>
        private const double AllowedShare = 1e-3;

        private const double SamePlaceMm = 1e-3;

        /// <summary>Sets the fluence of every treatment beam.</summary>
        /// <param name="plan">The copy of a plan; it is changed.</param>
        /// <param name="wanted">Fluence by the id of its beam, for every treatment beam.</param>
        /// <returns>The largest difference between a pixel that was set and what Eclipse holds.</returns>
        /// <exception cref="RefusedException">Eclipse does not take the fluence of some beam; none was set.</exception>
        /// <exception cref="BridgeException">A beam has no fluence, or Eclipse holds another than was set.</exception>
        public static double Write(ExternalPlanSetup plan, IDictionary<string, Fluence> wanted)
        {
            List<string> treatment = plan.Beams.Where(beam => !beam.IsSetupField).Select(beam => beam.Id).ToList();
            if (!new HashSet<string>(treatment).SetEquals(wanted.Keys))
            {
                throw new BridgeException("every treatment beam must have one fluence (" + string.Join(", ", treatment)
                    + "), found " + string.Join(", ", wanted.Keys));
            }
            RequireTaken(plan, wanted);
            foreach (Beam beam in Chosen(plan, wanted))
            {
                beam.SetOptimalFluence(wanted[beam.Id]);
            }
            return Chosen(plan, wanted).Max(beam => Deviation(beam, wanted[beam.Id]));
        }

        // A list: setting a fluence changes the plan whose beams are enumerated.
        private static List<Beam> Chosen(ExternalPlanSetup plan, IDictionary<string, Fluence> wanted)
        {
            return plan.Beams.Where(beam => wanted.ContainsKey(beam.Id)).ToList();
        }

        private static void RequireTaken(ExternalPlanSetup plan, IDictionary<string, Fluence> wanted)
        {
            List<string> faults = new List<string>();
            foreach (Beam beam in Chosen(plan, wanted))
            {
                string message;
                if (!beam.CanSetOptimalFluence(wanted[beam.Id], out message))
                {
                    faults.Add(beam.Id + " (" + message + ")");
                }
            }
            if (faults.Count > 0)
            {
                throw new RefusedException("Eclipse must take the fluence of every field, it does not for "
                    + string.Join(", ", faults) + "; no field was changed");
            }
        }

        /// <summary>Compares what a beam holds with what was set, by position: Eclipse may have cropped or padded the map.</summary>
        private static double Deviation(Beam beam, Fluence wanted)
        {
            Fluence held = beam.GetOptimalFluence();
            if (held == null)
            {
                throw new BridgeException("Eclipse must hold the fluence of field " + beam.Id + ", it holds none");
            }
            double columns = (wanted.XOrigin - held.XOrigin) / FluenceResult.PixelMm;
            double rows = (held.YOrigin - wanted.YOrigin) / FluenceResult.PixelMm;
            int right = (int)Math.Round(columns), down = (int)Math.Round(rows);
            if (Math.Max(Math.Abs(columns - right), Math.Abs(rows - down)) * FluenceResult.PixelMm > SamePlaceMm)
            {
                throw new BridgeException("Eclipse must hold the fluence of field " + beam.Id + " where it was set, it has moved it");
            }
            float[,] before = wanted.GetPixels(), after = held.GetPixels(); // [row, column], rows towards -Y
            double difference = Math.Max(Difference(before, after, down, right), Difference(after, before, -down, -right));
            double largest = before.Cast<float>().Max();
            if (!(difference <= AllowedShare * largest))
            {
                throw new BridgeException(string.Format(
                    CultureInfo.InvariantCulture,
                    "Eclipse must hold the fluence that was set for field {0} (to {1:G3}), found a difference of {2:G3}",
                    beam.Id,
                    AllowedShare * largest,
                    difference));
            }
            return difference;
        }

        /// <summary>Largest difference over the pixels of one map; what the other map does not cover counts as 0.</summary>
        private static double Difference(float[,] one, float[,] other, int down, int right)
        {
            double largest = 0;
            for (int row = 0; row < one.GetLength(0); row++)
            {
                for (int column = 0; column < one.GetLength(1); column++)
                {
                    int r = row + down, c = column + right;
                    bool isCovered = r >= 0 && c >= 0 && r < other.GetLength(0) && c < other.GetLength(1);
                    largest = Math.Max(largest, Math.Abs(one[row, column] - (isCovered ? other[r, c] : 0f)));
                }
            }
            return largest;
        }
    }
}
