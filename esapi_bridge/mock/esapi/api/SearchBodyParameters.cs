using System;
using EsapiBridge.Mock;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>
    /// How the body is searched for (members known, defaults and units of radii, cm, assumed; see
    /// <see cref="StructureSet.CreateAndSearchBody"/>).
    /// </summary>
    public class SearchBodyParameters : SerializableObject
    {
        internal SearchBodyParameters()
        {
            LoadDefaults();
        }

        /// <summary>Whether what is enclosed on a plane belongs to the body.</summary>
        public bool FillAllCavities { get; set; }

        /// <summary>Whether the largest parts only are kept.</summary>
        public bool KeepLargestParts { get; set; }

        /// <summary>CT number from which on a voxel is taken for body, HU.</summary>
        public int LowerHUThreshold { get; set; }

        /// <summary>Of magnetic resonance images, which the database holds none of.</summary>
        public int MREdgeThresholdHigh { get; set; }

        /// <summary>Of magnetic resonance images, which the database holds none of.</summary>
        public int MREdgeThresholdLow { get; set; }

        /// <summary>How many parts are kept.</summary>
        public int NumberOfLargestPartsToKeep { get; set; }

        /// <summary>Whether openings are closed before.</summary>
        public bool PreCloseOpenings { get; set; }

        /// <summary>Radius of openings that are closed, cm.</summary>
        public double PreCloseOpeningsRadius { get; set; }

        /// <summary>Whether parts joined by little are parted before.</summary>
        public bool PreDisconnect { get; set; }

        /// <summary>Radius of what does not join parts, cm.</summary>
        public double PreDisconnectRadius { get; set; }

        /// <summary>Whether the surface is smoothed.</summary>
        public bool Smoothing { get; set; }

        /// <summary>How much, 1 to 3; here so many mm (assumed).</summary>
        public int SmoothingLevel { get; set; }

        /// <summary>Sets all to the defaults.</summary>
        public void LoadDefaults()
        {
            FillAllCavities = true;
            KeepLargestParts = true;
            LowerHUThreshold = -350;
            MREdgeThresholdHigh = 100;
            MREdgeThresholdLow = 50;
            NumberOfLargestPartsToKeep = 1;
            PreCloseOpenings = false;
            PreCloseOpeningsRadius = 0.5;
            PreDisconnect = false;
            PreDisconnectRadius = 0.2;
            Smoothing = false;
            SmoothingLevel = 1;
        }

        internal void Require()
        {
            if (NumberOfLargestPartsToKeep < 1 || SmoothingLevel < 1 || SmoothingLevel > 3
                || !(PreCloseOpeningsRadius >= 0) || !(PreDisconnectRadius >= 0))
            {
                throw new ArgumentException(
                    "expected at least one part to keep, a smoothing level from 1 to 3 and radii that are not negative");
            }
        }
    }
}
