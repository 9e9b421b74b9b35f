using System.Collections.ObjectModel;
using System.Runtime.CompilerServices;
using System.Windows.Media;

namespace System.Windows.Controls
{
    /// <summary>The elements of a panel.</summary>
    public class UIElementCollection : Collection<UIElement>
    {
        /// <summary>Adds one; returns its place.</summary>
        public new virtual int Add(UIElement element)
        {
            base.Add(element);
            return Count - 1;
        }
    }

    /// <summary>Several elements; where each stands is held, not worked out.</summary>
    public abstract class Panel : FrameworkElement
    {
        private readonly UIElementCollection _children = new UIElementCollection();

        /// <summary>Its elements.</summary>
        public UIElementCollection Children { get { return _children; } }

        /// <summary>Behind it.</summary>
        public Brush Background { get; set; }
    }

    /// <summary>One after another.</summary>
    public class StackPanel : Panel
    {
        /// <summary>Downwards.</summary>
        public StackPanel()
        {
            Orientation = Orientation.Vertical;
        }

        /// <summary>Which way.</summary>
        public Orientation Orientation { get; set; }
    }

    /// <summary>In lines.</summary>
    public class WrapPanel : Panel
    {
        /// <summary>Which way lines run.</summary>
        public Orientation Orientation { get; set; }
    }

    /// <summary>A row of a grid.</summary>
    public class RowDefinition : DependencyObject
    {
        /// <summary>Its height.</summary>
        public GridLength Height { get; set; }
    }

    /// <summary>A column of a grid.</summary>
    public class ColumnDefinition : DependencyObject
    {
        /// <summary>Its width.</summary>
        public GridLength Width { get; set; }
    }

    /// <summary>Rows of a grid.</summary>
    public sealed class RowDefinitionCollection : Collection<RowDefinition>
    {
    }

    /// <summary>Columns of a grid.</summary>
    public sealed class ColumnDefinitionCollection : Collection<ColumnDefinition>
    {
    }

    /// <summary>In rows and columns.</summary>
    public class Grid : Panel
    {
        private static readonly ConditionalWeakTable<UIElement, int[]> Places =
            new ConditionalWeakTable<UIElement, int[]>();

        private readonly RowDefinitionCollection _rows = new RowDefinitionCollection();
        private readonly ColumnDefinitionCollection _columns = new ColumnDefinitionCollection();

        /// <summary>Its rows.</summary>
        public RowDefinitionCollection RowDefinitions { get { return _rows; } }

        /// <summary>Its columns.</summary>
        public ColumnDefinitionCollection ColumnDefinitions { get { return _columns; } }

        /// <summary>Row of an element, from 0.</summary>
        public static int GetRow(UIElement element)
        {
            return Place(element)[0];
        }

        /// <summary>Puts an element into a row.</summary>
        public static void SetRow(UIElement element, int value)
        {
            Place(element)[0] = value;
        }

        /// <summary>Column of an element, from 0.</summary>
        public static int GetColumn(UIElement element)
        {
            return Place(element)[1];
        }

        /// <summary>Puts an element into a column.</summary>
        public static void SetColumn(UIElement element, int value)
        {
            Place(element)[1] = value;
        }

        /// <summary>How many rows an element takes.</summary>
        public static void SetRowSpan(UIElement element, int value)
        {
            Place(element)[2] = value;
        }

        /// <summary>How many columns an element takes.</summary>
        public static void SetColumnSpan(UIElement element, int value)
        {
            Place(element)[3] = value;
        }

        private static int[] Place(UIElement element)
        {
            return Places.GetValue(element, e => new[] { 0, 0, 1, 1 });
        }
    }
}
